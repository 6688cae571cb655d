SELECT post.id, post.attempts AS attempt, post.lease_token AS token, post.persona_id, persona.name AS persona,
  run.pipeline,  persona.login, persona.instagram_account_id AS account_id, post.photo_id, photo.path, photo.url,
  photo.width IS NOT NULL AND photo.sha256 IS NOT NULL AS inspected, photo.alt_text,
  published_caption(post.caption, post.hashtags) AS caption, post.is_ai_generated,
  post.container_id, extract(epoch FROM now() - post.container_created_at)::float8 AS container_age,
  extract(epoch FROM post.publish_requested_at)::float8 AS publish_requested_at, post.provider_post_id,
  extract(epoch FROM post.due_at)::float8 AS due_at,
  extract(epoch FROM clock_timestamp() - post.due_at)::float8 AS lateness
FROM scheduling_posts AS post
JOIN post_attempts AS run ON run.post_id = post.id AND run.attempt = post.attempts
JOIN personas AS persona ON persona.id = post.persona_id
JOIN photos AS photo ON photo.id = post.photo_id
WHERE post.id = ANY ($1)
ORDER BY post.due_at, post.id
