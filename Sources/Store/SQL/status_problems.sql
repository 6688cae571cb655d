-- What needs a human, worst first, each with a repair.
SELECT subject, persona, severity, cause, fix FROM (
  SELECT 1 AS rank, '#' || post.id AS subject, persona.name AS persona, 'unconfirmed' AS severity,
    post.failure_cause AS cause, post.failure_fix AS fix, post.publish_requested_at AS since
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'unconfirmed'
  UNION ALL
  SELECT 2, '#' || post.id, persona.name, 'failed', post.failure_cause, post.failure_fix, post.updated_at
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'failed'
  UNION ALL
  SELECT 3, 'persona ' || persona.name, persona.name, 'held', persona.held_reason,
    'belfry credentials verify ' || persona.name, persona.held_at
  FROM personas AS persona
  WHERE persona.held_by = 'belfry'
  UNION ALL
  SELECT 4, 'persona ' || persona.name, persona.name, 'no token',
    'posts are queued but there is no access token', 'belfry credentials set ' || persona.name, persona.created_at
  FROM personas AS persona
  WHERE persona.held_at IS NULL
    AND EXISTS (SELECT FROM scheduling_posts AS post WHERE post.persona_id = persona.id AND post.status = 'scheduled')
    AND NOT EXISTS (
      SELECT FROM sealed_credentials AS token WHERE token.persona_id = persona.id AND token.name = 'access_token')
  UNION ALL
  SELECT 5, '#' || post.id, persona.name, 'deferred',
    'deferred ' || post.attempts || 'x: ' || post.failure_cause, post.failure_fix, post.updated_at
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'scheduled' AND post.failure_class IS NOT NULL AND post.attempts >= 3
) AS problems
ORDER BY rank, since, subject
LIMIT 200
