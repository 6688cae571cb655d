SELECT id, (data ->> 'photo_id')::bigint AS photo_id, (data ->> 'aesthetic_score')::float8 AS score
FROM (
  SELECT analysis.id, to_jsonb(analysis) AS data FROM photo_analyses AS analysis
  WHERE analysis.id > $1 ORDER BY analysis.id LIMIT $2
) AS page
ORDER BY id
