-- Step two, with a snapshot taken after the locks of step one: the longest due post of each persona that still may
-- publish. A row that a session in psql has locked is skipped, not waited for; then the persona's next post is taken.
UPDATE scheduling_posts AS post
SET status = 'posting', lease_instance_id = $2, lease_token = nextval('lease_tokens'), attempts = post.attempts + 1,
    next_attempt_at = NULL,
    -- A container that was kept for this attempt can be published for $3 seconds after its creation.
    container_id = CASE WHEN post.container_created_at > now() - make_interval(secs => $3) THEN post.container_id END,
    container_created_at = CASE WHEN post.container_created_at > now() - make_interval(secs => $3)
      THEN post.container_created_at END
WHERE post.id = ANY (ARRAY(
    SELECT pick.id
    FROM next_claims(now()) AS claim
    CROSS JOIN LATERAL (
      SELECT due.id
      FROM scheduling_posts AS due
      WHERE due.persona_id = claim.persona_id AND due.status = 'scheduled'
        AND due.ready_at BETWEEN claim.ready_at AND now()
      ORDER BY due.ready_at, due.id
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    ) AS pick
    WHERE claim.persona_id = ANY ($1::bigint[])))
RETURNING post.id
