UPDATE scheduling_posts
SET publish_requested_at = coalesce(publish_requested_at, clock_timestamp())
WHERE id = $1 AND lease_token = $2
