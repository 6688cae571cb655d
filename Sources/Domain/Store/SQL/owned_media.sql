SELECT provider_post_id AS media FROM scheduling_posts WHERE provider_post_id = ANY ($1::text[])
