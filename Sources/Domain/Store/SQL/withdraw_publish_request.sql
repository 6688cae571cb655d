UPDATE scheduling_posts SET publish_requested_at = NULL WHERE id = $1 AND lease_token = $2
