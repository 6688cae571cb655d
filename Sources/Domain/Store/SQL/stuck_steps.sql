-- Compensations that failed, of posts that are not in flight.
SELECT step.post_id, step.attempt, step.ordinal, step.name, step.input::text AS input, step.output::text AS output
FROM post_steps AS step
JOIN scheduling_posts AS post ON post.id = step.post_id
WHERE step.phase = 'stuck' AND post.status <> 'posting'
ORDER BY step.post_id, step.attempt, step.ordinal
LIMIT 100
