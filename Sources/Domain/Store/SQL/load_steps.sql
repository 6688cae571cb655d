SELECT ordinal, name, kind, phase, input::text AS input, output::text AS output, error
FROM post_steps
WHERE post_id = $1 AND attempt = $2
ORDER BY ordinal
