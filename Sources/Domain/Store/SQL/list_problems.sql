SELECT severity, post, persona, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since, cause,
  advice, command
FROM problem_details
ORDER BY rank, problem_details.since, post
LIMIT 1000
