-- One row per persona for the metrics file. Each count reads a partial index, so its cost does not grow with the
-- history.
SELECT persona.name, persona.held_at IS NOT NULL AS is_held,
  waiting.scheduled, waiting.deferred, in_flight.posting,
  coalesce(unsettled.held, 0) AS held, coalesce(unsettled.unconfirmed, 0) AS unconfirmed,
  coalesce(unsettled.failed, 0) AS failed,
  extract(epoch FROM last.posted_at)::float8 AS last_success,
  extract(epoch FROM token.expires_at - now())::float8 AS token_left,
  quota.used AS quota_used, quota.total AS quota_total
FROM personas AS persona
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE post.failure_class IS NULL) AS scheduled,
    count(*) FILTER (WHERE post.failure_class IS NOT NULL) AS deferred
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'scheduled'
) AS waiting
CROSS JOIN LATERAL (
  SELECT count(*) AS posting
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'posting'
) AS in_flight
LEFT JOIN (
  SELECT post.persona_id, count(*) FILTER (WHERE post.status = 'held') AS held,
    count(*) FILTER (WHERE post.status = 'unconfirmed') AS unconfirmed,
    count(*) FILTER (WHERE post.status = 'failed') AS failed
  FROM scheduling_posts AS post
  WHERE post.status IN ('held', 'failed', 'unconfirmed')
  GROUP BY post.persona_id
) AS unsettled ON unsettled.persona_id = persona.id
LEFT JOIN LATERAL (
  SELECT post.posted_at
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'posted'
  ORDER BY post.posted_at DESC
  LIMIT 1
) AS last ON true
LEFT JOIN sealed_credentials AS token ON token.persona_id = persona.id AND token.name = 'access_token'
-- The quota counts a moving day, so an older reading is not used.
LEFT JOIN publishing_limits AS quota ON quota.persona_id = persona.id AND quota.read_at > now() - interval '1 day'
ORDER BY persona.name
