-- Where a post came from: the cluster and strategy that chose its photo, the time that the strategy
-- calculated, and its hashtags. The due time and the claim's index follow from these columns.

ALTER TABLE scheduling_posts
  ADD COLUMN cluster_id bigint,
  ADD COLUMN strategy_name text CHECK (strategy_name <> ''),
  ADD COLUMN optimal_time_calculated timestamptz CHECK (isfinite(optimal_time_calculated)),
  ADD COLUMN hashtags text[] NOT NULL DEFAULT '{}' CHECK (array_position(hashtags, NULL) IS NULL),
  ADD FOREIGN KEY (cluster_id, persona_id) REFERENCES clusters (id, persona_id)
    ON DELETE SET NULL (cluster_id),
  ADD COLUMN due_at timestamptz GENERATED ALWAYS AS (coalesce(scheduled_at, optimal_time_calculated)) STORED,
  ADD COLUMN ready_at timestamptz
    GENERATED ALWAYS AS (greatest(coalesce(scheduled_at, optimal_time_calculated), next_attempt_at)) STORED,
  ADD CONSTRAINT scheduled_means_publishable CHECK (
    status NOT IN ('scheduled', 'held', 'posting')
    OR (photo_id IS NOT NULL AND coalesce(scheduled_at, optimal_time_calculated) IS NOT NULL));
COMMENT ON COLUMN scheduling_posts.cluster_id IS 'the cluster that the photo was chosen from';
COMMENT ON COLUMN scheduling_posts.strategy_name IS
  'the content strategy that chose photo and time, if one did';
COMMENT ON COLUMN scheduling_posts.optimal_time_calculated IS
  'the strategy''s time; due when scheduled_at is not set';
COMMENT ON COLUMN scheduling_posts.hashtags IS
  'tags added below the caption, with or without #, unless the caption has them';
COMMENT ON COLUMN scheduling_posts.due_at IS 'scheduled_at, else optimal_time_calculated';
COMMENT ON COLUMN scheduling_posts.ready_at IS
  'the due time, or the next try after a deferral, whichever is later';

-- Serves the claim: the next post of a persona in due order (claim_due_posts.sql, next_due.sql).
CREATE INDEX scheduling_posts_ready ON scheduling_posts (persona_id, ready_at, id) WHERE status = 'scheduled';
-- Serves the history of a persona and the upkeep of its foreign key.
CREATE INDEX scheduling_posts_by_persona ON scheduling_posts (persona_id, due_at);
CREATE INDEX scheduling_posts_by_cluster ON scheduling_posts (cluster_id) WHERE cluster_id IS NOT NULL;

-- What Instagram is sent: the caption, then the hashtags that it does not contain yet.
CREATE FUNCTION published_caption(caption text, hashtags text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT CASE
      WHEN count(tag) = 0 THEN caption
      WHEN caption = '' THEN string_agg(tag, ' ' ORDER BY position)
      ELSE caption || E'\n\n' || string_agg(tag, ' ' ORDER BY position)
    END
    FROM (
      SELECT '#' || ltrim(btrim(raw), '#') AS tag, position
      FROM unnest(hashtags) WITH ORDINALITY AS given (raw, position)
      WHERE ltrim(btrim(raw), '#') <> ''
    ) AS tags
    WHERE position(lower(tag) || ' ' IN lower(regexp_replace(caption, '[[:space:].,;:!?()]', ' ', 'g')) || ' ') = 0
  );
COMMENT ON FUNCTION published_caption(text, text[]) IS
  'the text that is sent: the caption and the hashtags it lacks';
