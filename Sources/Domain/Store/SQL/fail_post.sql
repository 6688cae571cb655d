UPDATE scheduling_posts
SET status = 'failed', lease_instance_id = NULL, lease_token = NULL, publish_requested_at = NULL,
    next_attempt_at = NULL, failure_class = $3, failure_cause = $4, failure_fix = $5
WHERE id = $1 AND lease_token = $2
