-- Posts whose owner is gone: it has stopped, its heartbeat is older than its lease, or it is this instance, which no
-- longer works on them ($3 lists the tokens of the posts that it works on).
UPDATE scheduling_posts AS post
SET lease_instance_id = $1, lease_token = nextval('lease_tokens')
WHERE post.id = ANY (ARRAY(
    SELECT orphan.id
    FROM scheduling_posts AS orphan
    JOIN instances AS owner ON owner.id = orphan.lease_instance_id
    WHERE orphan.status = 'posting'
      AND (owner.stopped_at IS NOT NULL
           OR owner.heartbeat_at + owner.lease < clock_timestamp()
           OR (owner.id = $1 AND orphan.lease_token <> ALL ($3::bigint[])))
    ORDER BY orphan.publish_requested_at NULLS LAST, orphan.id
    LIMIT $2
    FOR UPDATE OF orphan SKIP LOCKED))
RETURNING post.id
