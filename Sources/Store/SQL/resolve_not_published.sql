UPDATE scheduling_posts
SET status = 'scheduled', publish_requested_at = NULL, container_id = NULL, container_created_at = NULL,
    next_attempt_at = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL
WHERE id = $1 AND status = 'unconfirmed'
