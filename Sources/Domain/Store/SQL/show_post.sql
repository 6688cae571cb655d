SELECT post.id, persona.name AS persona, post.status, explain(post.id) AS explanation, post.caption, post.attempts,
  coalesce(photo.path, photo.url) AS photo, post.provider_post_id AS media_id, post.permalink, post.container_id,
  to_char(post.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS due_at,
  to_char(post.posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  extract(epoch FROM post.posted_at - post.due_at)::float8 AS lateness, post.strategy_name, cluster.name AS cluster
FROM scheduling_posts AS post
JOIN personas AS persona ON persona.id = post.persona_id
LEFT JOIN photos AS photo ON photo.id = post.photo_id
LEFT JOIN clusters AS cluster ON cluster.id = post.cluster_id
WHERE post.id = $1
