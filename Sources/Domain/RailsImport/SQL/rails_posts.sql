SELECT id, (data ->> 'photo_id')::bigint AS photo_id, (data ->> 'persona_id')::bigint AS persona_id,
  (data ->> 'cluster_id')::bigint AS cluster_id, coalesce(data ->> 'caption', '') AS caption,
  coalesce(data ->> 'status', 'draft') AS status, nullif(btrim(data ->> 'provider_post_id'), '') AS provider_post_id,
  (data ->> 'scheduled_at')::timestamp AT TIME ZONE 'UTC' AS scheduled_at,
  (data ->> 'optimal_time_calculated')::timestamp AT TIME ZONE 'UTC' AS optimal_time_calculated,
  (data ->> 'posted_at')::timestamp AT TIME ZONE 'UTC' AS posted_at,
  (data ->> 'created_at')::timestamp AT TIME ZONE 'UTC' AS created_at,
  (data ->> 'updated_at')::timestamp AT TIME ZONE 'UTC' AS updated_at,
  nullif(btrim(data ->> 'strategy_name'), '') AS strategy_name,
  coalesce(jsonb_typeof(data -> 'hashtags'), 'null') AS hashtags_kind,
  CASE jsonb_typeof(data -> 'hashtags')
    WHEN 'array' THEN ARRAY(
      SELECT tag FROM jsonb_array_elements_text(data -> 'hashtags') WITH ORDINALITY AS tags (tag, position)
      WHERE tag IS NOT NULL ORDER BY position)
    ELSE '{}'
  END AS hashtags,
  CASE coalesce(jsonb_typeof(data -> 'caption_metadata'), 'null')
    WHEN 'object' THEN data ->> 'caption_metadata'
    WHEN 'null' THEN '{}'
    ELSE jsonb_build_object('origin', data -> 'caption_metadata')::text
  END AS caption_metadata
FROM (
  SELECT post.id, to_jsonb(post) AS data FROM scheduling_posts AS post
  WHERE post.id > $1 ORDER BY post.id LIMIT $2
) AS page
ORDER BY id
