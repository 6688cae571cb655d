SELECT id FROM scheduling_posts WHERE id = $1 AND status = 'posted' AND provider_post_id = $2
