-- When a container was kept, the new attempt begins with the recorded steps ($2) that created it, if both attempts use
-- the same pipeline.
INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input, output, started_at, finished_at)
SELECT post.id, post.attempts, step.ordinal, step.name, step.kind, 'completed', step.input, step.output,
  step.started_at, step.finished_at
FROM scheduling_posts AS post
JOIN post_attempts AS last ON last.post_id = post.id AND last.attempt = post.attempts - 1
JOIN post_attempts AS next ON next.post_id = post.id AND next.attempt = post.attempts
  AND next.pipeline = last.pipeline AND next.pipeline_version = last.pipeline_version
JOIN post_steps AS step ON step.post_id = last.post_id AND step.attempt = last.attempt
WHERE post.id = ANY ($1) AND post.container_id IS NOT NULL AND step.output IS NOT NULL AND step.name = ANY ($2)
