-- The minimum gap counts from the published posts of this import; its rows have the transaction's time.
UPDATE personas AS persona
SET last_published_at = newest.at
FROM (
  SELECT post.persona_id, max(coalesce(post.posted_at, post.publish_requested_at)) AS at
  FROM rails_imports AS came
  JOIN scheduling_posts AS post ON post.id = came.local_id
  WHERE came.source = $1 AND came.kind = 'post' AND came.imported_at = now()
  GROUP BY post.persona_id
) AS newest
WHERE newest.persona_id = persona.id
  AND newest.at > coalesce(persona.last_published_at, '-infinity')
