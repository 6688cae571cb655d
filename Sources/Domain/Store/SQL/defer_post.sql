UPDATE scheduling_posts
SET status = 'scheduled', lease_instance_id = NULL, lease_token = NULL, publish_requested_at = NULL,
    next_attempt_at = clock_timestamp() + make_interval(secs => $3),
    failure_class = $4, failure_cause = $5, failure_fix = $6,
    container_id = CASE WHEN $7 THEN container_id END,
    container_created_at = CASE WHEN $7 THEN container_created_at END
WHERE id = $1 AND lease_token = $2
