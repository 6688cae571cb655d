-- That nobody publishes is judged by the one who asks; see Health.swift.
SELECT severity, coalesce('#' || post_id, nullif('persona ' || persona, 'persona '), 'inbox') AS subject, persona,
  cause,
  advice AS fix, fix AS command
FROM problem_details
WHERE severity <> 'stopped'
ORDER BY rank, since, post_id
LIMIT 200
