-- Step one of a claim: personas that have a due post and may publish now, longest waiting first. The lock
-- makes claims for one persona take turns; NO KEY so that people can go on inserting its posts.
SELECT persona.id
FROM personas AS persona
CROSS JOIN LATERAL (
  SELECT post.ready_at
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'scheduled' AND post.ready_at <= now()
  ORDER BY post.ready_at, post.id
  LIMIT 1
) AS next
WHERE persona.held_at IS NULL
  AND (persona.last_published_at IS NULL OR persona.last_published_at + persona.minimum_gap <= now())
  AND NOT EXISTS (
    SELECT FROM scheduling_posts AS busy WHERE busy.persona_id = persona.id AND busy.status = 'posting')
ORDER BY next.ready_at, persona.id
LIMIT $1
FOR NO KEY UPDATE OF persona SKIP LOCKED
