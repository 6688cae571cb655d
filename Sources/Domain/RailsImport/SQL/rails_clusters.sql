SELECT id, btrim(data ->> 'name') AS name, (data ->> 'persona_id')::bigint AS persona_id,
  (data ->> 'created_at')::timestamp AT TIME ZONE 'UTC' AS created_at,
  (data ->> 'updated_at')::timestamp AT TIME ZONE 'UTC' AS updated_at
FROM (
  SELECT cluster.id, to_jsonb(cluster) AS data FROM clusters AS cluster
  WHERE cluster.id > $1 ORDER BY cluster.id LIMIT $2
) AS page
ORDER BY id
