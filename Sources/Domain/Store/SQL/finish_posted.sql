UPDATE scheduling_posts
SET status = 'posted', provider_post_id = $3, permalink = $4, posted_at = coalesce(posted_at, clock_timestamp()),
    lease_instance_id = NULL, lease_token = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL
WHERE id = $1 AND lease_token = $2
