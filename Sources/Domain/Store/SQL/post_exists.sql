SELECT id FROM scheduling_posts WHERE id = $1
