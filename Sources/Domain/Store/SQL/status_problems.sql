-- Without the problem that nobody publishes: Health.swift judges that, and a daemon knows that it runs itself.
SELECT severity, coalesce('#' || post, nullif('persona ' || persona, 'persona '), 'inbox') AS subject, persona,
  cause, advice, command
FROM problem_details
WHERE severity <> 'stopped'
ORDER BY rank, since, post
LIMIT 200
