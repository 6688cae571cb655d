UPDATE scheduling_posts SET container_id = $3, container_created_at = now() WHERE id = $1 AND lease_token = $2
