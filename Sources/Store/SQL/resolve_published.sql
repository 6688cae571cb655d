UPDATE scheduling_posts
SET status = 'posted', provider_post_id = $2, posted_at = coalesce(posted_at, publish_requested_at, clock_timestamp()),
    next_attempt_at = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL
WHERE id = $1 AND status = 'unconfirmed'
