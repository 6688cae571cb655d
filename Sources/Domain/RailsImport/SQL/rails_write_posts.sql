-- A post whose media id its persona already has here is matched and not changed. In failure_fix, {post} stands for the
-- id that the post gets.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2) AS given (
    origin_id bigint, persona_id bigint, photo_id bigint, cluster_id bigint, caption text, status text,
    provider_post_id text, scheduled_at timestamptz, optimal_time_calculated timestamptz, posted_at timestamptz,
    publish_requested_at timestamptz, is_asked_about boolean, failure_class text, failure_cause text, failure_fix text,
    strategy_name text, hashtags text[], caption_metadata text, created_at timestamptz, updated_at timestamptz)
), sorted AS (
  SELECT given.*, here.id AS here
  FROM given
  LEFT JOIN scheduling_posts AS here
    ON here.provider_post_id = given.provider_post_id AND here.persona_id = given.persona_id
  ORDER BY given.origin_id
), placed AS MATERIALIZED (
  SELECT sorted.*, here IS NOT NULL AS is_matched,
    coalesce(here, nextval(pg_get_serial_sequence('scheduling_posts', 'id'))) AS id
  FROM sorted
), written AS (
  INSERT INTO scheduling_posts (
    id, persona_id, photo_id, cluster_id, caption, status, provider_post_id, scheduled_at, optimal_time_calculated,
    posted_at, publish_requested_at, next_attempt_at, failure_class, failure_cause, failure_fix, strategy_name,
    hashtags, caption_metadata, created_at, updated_at)
  SELECT id, persona_id, photo_id, cluster_id, caption, status, provider_post_id, scheduled_at, optimal_time_calculated,
    posted_at, publish_requested_at, CASE WHEN is_asked_about THEN now() END, failure_class, failure_cause,
    replace(failure_fix, '{post}', id::text), strategy_name, hashtags, caption_metadata::jsonb,
    coalesce(created_at, now()), coalesce(updated_at, created_at, now())
  FROM placed WHERE NOT is_matched
)
INSERT INTO rails_imports (source, kind, origin_id, origin_updated_at, local_id, is_matched)
SELECT $1, 'post', origin_id, updated_at, id, is_matched FROM placed
RETURNING origin_id, local_id, is_matched
