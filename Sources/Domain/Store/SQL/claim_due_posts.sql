-- Step two, with a snapshot taken after the locks: the longest due post of each persona. A row that
-- somebody has locked in psql is skipped, not waited for.
UPDATE scheduling_posts AS post
SET status = 'posting', lease_instance_id = $2, lease_token = nextval('lease_tokens'), attempts = post.attempts + 1,
    next_attempt_at = NULL,
    -- A container that was kept for this attempt; Instagram forgets it after 24 hours.
    container_id = CASE WHEN post.container_created_at > now() - interval '23 hours' THEN post.container_id END,
    container_created_at =
      CASE WHEN post.container_created_at > now() - interval '23 hours' THEN post.container_created_at END
WHERE post.id = ANY (ARRAY(
    SELECT pick.id
    FROM unnest($1::bigint[]) AS persona (id)
    CROSS JOIN LATERAL (
      SELECT due.id
      FROM scheduling_posts AS due
      WHERE due.persona_id = persona.id AND due.status = 'scheduled' AND due.ready_at <= now()
      ORDER BY due.ready_at, due.id
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    ) AS pick))
  AND NOT EXISTS (
    SELECT FROM scheduling_posts AS busy WHERE busy.persona_id = post.persona_id AND busy.status = 'posting')
RETURNING post.id
