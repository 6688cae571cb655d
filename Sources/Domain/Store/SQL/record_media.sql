UPDATE scheduling_posts
SET provider_post_id = $3, posted_at = coalesce(posted_at, clock_timestamp())
WHERE id = $1 AND lease_token = $2
