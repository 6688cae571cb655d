-- Compensation of the immediate chain: never deletes the row of a post that was, or may have been, published.
DELETE FROM scheduling_posts
WHERE id = $1 AND lease_token = $2 AND publish_requested_at IS NULL AND provider_post_id IS NULL
