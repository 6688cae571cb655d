UPDATE scheduling_posts
SET status = 'unconfirmed', lease_instance_id = NULL, lease_token = NULL,
    next_attempt_at = CASE WHEN NOT $6 THEN clock_timestamp() END,
    publish_requested_at = coalesce(publish_requested_at, container_created_at, clock_timestamp()),
    reconcile_checks = 0, reconcile_finished_at = NULL,
    failure_class = $3, failure_cause = $4, failure_fix = $5
WHERE id = $1 AND lease_token = $2
