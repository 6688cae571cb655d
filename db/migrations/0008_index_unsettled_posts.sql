-- Online: the index is built while the queue is written, which no transaction can do. Each statement may be
-- repeated: a build that was interrupted leaves an invalid index behind.

DROP INDEX CONCURRENTLY IF EXISTS scheduling_posts_unsettled;

-- Serves the views problems and queue, and belfry status: what waits for a human is found without reading
-- years of posts that went out.
CREATE INDEX CONCURRENTLY scheduling_posts_unsettled ON scheduling_posts (status, persona_id)
  WHERE status IN ('draft', 'held', 'failed', 'unconfirmed');
