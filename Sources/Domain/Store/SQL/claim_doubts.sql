-- Unconfirmed posts that are to be looked at now. The number of the look fences what follows; if the
-- looker dies, the next one comes after $2 seconds.
UPDATE scheduling_posts AS post
SET reconcile_looks = post.reconcile_looks + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
WHERE post.id = ANY (ARRAY(
    SELECT doubt.id
    FROM scheduling_posts AS doubt
    WHERE doubt.status = 'unconfirmed' AND doubt.next_attempt_at <= clock_timestamp()
    ORDER BY doubt.next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED))
RETURNING post.id
