-- A photo that its persona already has under this path is matched and not changed.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2) AS given (
    origin_id bigint, persona_id bigint, cluster_id bigint, path text, score float8, created_at timestamptz,
    updated_at timestamptz)
), sorted AS (
  SELECT given.*, here.id AS here
  FROM given LEFT JOIN photos AS here ON here.persona_id = given.persona_id AND here.path = given.path
  ORDER BY given.origin_id
), placed AS MATERIALIZED (
  SELECT sorted.*, here IS NOT NULL AS is_matched,
    coalesce(here, nextval(pg_get_serial_sequence('photos', 'id'))) AS id
  FROM sorted
), written AS (
  INSERT INTO photos (id, persona_id, cluster_id, path, score, created_at, updated_at)
  SELECT id, persona_id, cluster_id, path, score, coalesce(created_at, now()), coalesce(updated_at, created_at, now())
  FROM placed WHERE NOT is_matched
)
INSERT INTO rails_imports (source, kind, origin_id, origin_updated_at, local_id, is_matched)
SELECT $1, 'photo', origin_id, updated_at, id, is_matched FROM placed
RETURNING origin_id, local_id, is_matched
