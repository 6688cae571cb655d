UPDATE personas SET last_published_at = clock_timestamp()
WHERE id = (SELECT persona_id FROM scheduling_posts WHERE id = $1)
