-- One batch of instances that stopped before $3 and that no row refers to, except wakes that the same run removes. The
-- foreign keys search each removed instance in post_attempts_by_instance, wakes_by_instance and
-- scheduling_posts_by_owner; OFFSET 0 makes this query search the same way, one instance at a time. $4: remove, or only
-- count.
WITH page AS MATERIALIZED (
  SELECT id FROM instances WHERE id > $1 AND stopped_at < $3 ORDER BY id LIMIT $2
), doomed AS MATERIALIZED (
  SELECT page.id FROM page
  WHERE NOT EXISTS (SELECT FROM scheduling_posts AS post WHERE post.lease_instance_id = page.id OFFSET 0)
    AND NOT EXISTS (
      SELECT FROM wake_log AS wake
      WHERE wake.instance_id = page.id AND (wake.started_at >= $3 OR wake.id = (SELECT max(id) FROM wake_log))
      OFFSET 0)
    AND NOT EXISTS (SELECT FROM post_attempts AS attempt WHERE attempt.instance_id = page.id OFFSET 0)
), removed AS (
  DELETE FROM instances WHERE $4 AND id = ANY (ARRAY(SELECT id FROM doomed))
)
SELECT (SELECT max(id) FROM page) AS reached, (SELECT count(*) FROM doomed) AS found, 0 AS attempts
