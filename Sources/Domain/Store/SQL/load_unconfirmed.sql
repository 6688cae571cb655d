SELECT post.id, post.reconcile_checks AS check_number, post.persona_id, persona.name AS persona, persona.login,
  persona.instagram_account_id AS account_id, post.container_id, post.attempts AS attempt,
  extract(epoch FROM clock_timestamp() - post.container_created_at)::float8 AS container_age,
  extract(epoch FROM post.publish_requested_at)::float8 AS requested_at,
  extract(epoch FROM clock_timestamp() - post.publish_requested_at)::float8 AS age,
  extract(epoch FROM clock_timestamp() - post.reconcile_finished_at)::float8 AS finished_for,
  published_caption(post.caption, post.hashtags) AS caption,
  ARRAY(
    SELECT published_caption(other.caption, other.hashtags)
    FROM scheduling_posts AS other
    WHERE other.persona_id = post.persona_id AND other.id <> post.id
      AND other.publish_requested_at IS NOT NULL AND other.provider_post_id IS NULL
      AND other.status IN ('posting', 'unconfirmed')
  ) AS ambiguous_captions
FROM scheduling_posts AS post
JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.id = ANY ($1)
