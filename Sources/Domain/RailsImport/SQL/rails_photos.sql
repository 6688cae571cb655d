SELECT id, nullif(data ->> 'path', '') AS path, (data ->> 'persona_id')::bigint AS persona_id,
  (data ->> 'cluster_id')::bigint AS cluster_id,
  (data ->> 'created_at')::timestamp AT TIME ZONE 'UTC' AS created_at,
  (data ->> 'updated_at')::timestamp AT TIME ZONE 'UTC' AS updated_at
FROM (
  SELECT photo.id, to_jsonb(photo) AS data FROM photos AS photo
  WHERE photo.id > $1 ORDER BY photo.id LIMIT $2
) AS page
ORDER BY id
