UPDATE post_attempts
SET finished_at = clock_timestamp(), outcome = $3, failure_class = $4, failure_cause = $5
WHERE post_id = $1 AND attempt = $2
