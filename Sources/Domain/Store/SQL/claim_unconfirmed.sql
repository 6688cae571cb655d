-- Unconfirmed posts whose next check is due. The number of the check fences the writes that follow; if the checking
-- process dies, the next check comes after $2 seconds.
UPDATE scheduling_posts AS post
SET reconcile_checks = post.reconcile_checks + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
WHERE post.id = ANY (ARRAY(
    SELECT unconfirmed.id
    FROM scheduling_posts AS unconfirmed
    WHERE unconfirmed.status = 'unconfirmed' AND unconfirmed.next_attempt_at <= clock_timestamp()
    ORDER BY unconfirmed.next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED))
RETURNING post.id
