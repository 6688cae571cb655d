-- One row per persona for `belfry status`; local times are PostgreSQL's, in the persona's zone.
SELECT persona.name, persona.username, persona.held_by, persona.held_reason,
  to_char(persona.held_at AT TIME ZONE persona.time_zone, 'YYYY-MM-DD HH24:MI') AS held_since,
  next.id AS next_id,
  CASE (next.ready_at AT TIME ZONE persona.time_zone)::date - (now() AT TIME ZONE persona.time_zone)::date
    WHEN 0 THEN 'today ' || to_char(next.ready_at AT TIME ZONE persona.time_zone, 'HH24:MI')
    WHEN 1 THEN 'tomorrow ' || to_char(next.ready_at AT TIME ZONE persona.time_zone, 'HH24:MI')
    ELSE to_char(next.ready_at AT TIME ZONE persona.time_zone, 'YYYY-MM-DD HH24:MI')
  END AS next_local,
  to_char(next.ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS next_at,
  extract(epoch FROM next.ready_at - now())::float8 AS next_in,
  waiting.queued, waiting.deferred, coalesce(recent.posted, 0) AS posted, open.unconfirmed,
  token.persona_id IS NOT NULL AS has_token,
  floor(extract(epoch FROM token.expires_at - now()) / 86400)::int8 AS token_days
FROM personas AS persona
LEFT JOIN LATERAL (
  SELECT post.id, post.ready_at
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'scheduled'
  ORDER BY post.ready_at, post.id
  LIMIT 1
) AS next ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS queued, count(*) FILTER (WHERE post.failure_class IS NOT NULL) AS deferred
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'scheduled'
) AS waiting
LEFT JOIN LATERAL (
  SELECT count(*) AS posted
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'posted' AND post.posted_at > now() - interval '7 days'
) AS recent ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS unconfirmed
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'unconfirmed'
) AS open
LEFT JOIN sealed_credentials AS token ON token.persona_id = persona.id AND token.name = 'access_token'
ORDER BY persona.name
