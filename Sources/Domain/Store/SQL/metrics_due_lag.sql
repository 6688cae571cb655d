-- How long the post has waited that could have been claimed first, in seconds; 0 when none waits. The same
-- conditions as those of the claim (lock_claimable_personas.sql).
SELECT coalesce(greatest(0, extract(epoch FROM now()
    - min(greatest(next.ready_at, persona.last_published_at + persona.minimum_gap)))), 0)::float8 AS seconds
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
