-- Proven not to be live: scheduled again, with its container ($3) if that can still be published.
UPDATE scheduling_posts
SET status = 'scheduled', publish_requested_at = NULL, next_attempt_at = NULL,
    failure_class = 'wait', failure_cause = $4, failure_fix = $5,
    container_id = CASE WHEN $3 THEN container_id END,
    container_created_at = CASE WHEN $3 THEN container_created_at END
WHERE id = $1 AND status = 'unconfirmed' AND reconcile_checks = $2
