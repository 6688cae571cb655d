-- Names under which photos of posts in flight are public: the janitor keeps them.
SELECT step.input ->> 'name' AS name
FROM scheduling_posts AS post
JOIN post_steps AS step ON step.post_id = post.id AND step.attempt = post.attempts
WHERE post.status = 'posting' AND step.name = $1 AND step.input ->> 'name' IS NOT NULL
