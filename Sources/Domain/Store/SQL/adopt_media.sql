UPDATE scheduling_posts
SET status = 'posted', provider_post_id = $3, permalink = $4,
    posted_at = coalesce(to_timestamp($5), publish_requested_at), next_attempt_at = NULL,
    failure_class = NULL, failure_cause = NULL, failure_fix = NULL
WHERE id = $1 AND status = 'unconfirmed' AND reconcile_checks = $2
