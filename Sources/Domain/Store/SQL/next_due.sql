-- The next moment at which a claim or a look could succeed; seconds since 1970 by the database's clock, and
-- that clock.
SELECT extract(epoch FROM least(
    (
      SELECT min(greatest(next.ready_at, persona.last_published_at + persona.minimum_gap))
      FROM personas AS persona
      CROSS JOIN LATERAL (
        SELECT post.ready_at
        FROM scheduling_posts AS post
        WHERE post.persona_id = persona.id AND post.status = 'scheduled'
        ORDER BY post.ready_at, post.id
        LIMIT 1
      ) AS next
      WHERE persona.held_at IS NULL
        AND NOT EXISTS (
          SELECT FROM scheduling_posts AS busy WHERE busy.persona_id = persona.id AND busy.status = 'posting')
    ),
    (
      SELECT min(doubt.next_attempt_at)
      FROM scheduling_posts AS doubt
      WHERE doubt.status = 'unconfirmed' AND doubt.next_attempt_at IS NOT NULL
    )))::float8 AS due,
  extract(epoch FROM clock_timestamp())::float8 AS now
