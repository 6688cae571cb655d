-- $3: seconds until the next check, NULL when an operator must resolve the post. $4: the container reads FINISHED.
UPDATE scheduling_posts
SET next_attempt_at = clock_timestamp() + make_interval(secs => $3),
    reconcile_finished_at = CASE WHEN $4 THEN coalesce(reconcile_finished_at, clock_timestamp()) END,
    failure_class = 'unknown', failure_cause = $5, failure_fix = $6
WHERE id = $1 AND status = 'unconfirmed' AND reconcile_checks = $2
