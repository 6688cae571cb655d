INSERT INTO post_attempts (post_id, attempt, instance_id, pipeline, pipeline_version)
SELECT post.id, post.attempts, post.lease_instance_id, $2, $3
FROM scheduling_posts AS post
WHERE post.id = ANY ($1)
