SELECT severity, post_id, persona, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since, cause,
  advice, fix
FROM problem_details
ORDER BY rank, problem_details.since, post_id
LIMIT 1000
