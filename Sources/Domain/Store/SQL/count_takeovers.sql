UPDATE post_attempts AS attempt
SET takeovers = attempt.takeovers + 1
FROM scheduling_posts AS post
WHERE post.id = ANY ($1) AND attempt.post_id = post.id AND attempt.attempt = post.attempts
