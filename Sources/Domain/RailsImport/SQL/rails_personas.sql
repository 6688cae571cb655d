-- Columns are read out of to_jsonb(row), here and in the other files rails_*.sql: a column that a version of
-- the Rails app does not have reads NULL, so that one statement serves all of them. Its timestamps have no
-- zone and are UTC. Pages go by id.
SELECT id, data ->> 'name' AS name,
  (data ->> 'created_at')::timestamp AT TIME ZONE 'UTC' AS created_at,
  (data ->> 'updated_at')::timestamp AT TIME ZONE 'UTC' AS updated_at
FROM (
  SELECT persona.id, to_jsonb(persona) AS data FROM personas AS persona
  WHERE persona.id > $1 ORDER BY persona.id LIMIT $2
) AS page
ORDER BY id
