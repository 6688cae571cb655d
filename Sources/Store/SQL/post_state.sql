SELECT status, provider_post_id FROM scheduling_posts WHERE id = $1
