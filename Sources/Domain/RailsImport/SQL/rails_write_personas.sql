-- A persona that exists here under this name is matched and not changed. Ids are drawn before the INSERT, in the order
-- of the origin's ids, because an INSERT returns columns of its own table only.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2) AS given (
    origin_id bigint, name text, created_at timestamptz, updated_at timestamptz)
), sorted AS (
  SELECT given.*, here.id AS here
  FROM given LEFT JOIN personas AS here ON here.name = given.name
  ORDER BY given.origin_id
), placed AS MATERIALIZED (
  SELECT sorted.*, here IS NOT NULL AS is_matched,
    coalesce(here, nextval(pg_get_serial_sequence('personas', 'id'))) AS id
  FROM sorted
), written AS (
  INSERT INTO personas (id, name, created_at, updated_at)
  SELECT id, name, coalesce(created_at, now()), coalesce(updated_at, created_at, now())
  FROM placed WHERE NOT is_matched
)
INSERT INTO rails_imports (source, kind, origin_id, origin_updated_at, local_id, is_matched)
SELECT $1, 'persona', origin_id, updated_at, id, is_matched FROM placed
RETURNING origin_id, local_id, is_matched
