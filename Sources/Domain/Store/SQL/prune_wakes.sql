-- One batch of wakes, oldest first: their ids grow with time, so the run walks the primary key until a batch has no
-- wake that is older than $3. The last wake stays, because belfry status shows it. $4: remove, or count.
WITH page AS MATERIALIZED (
  SELECT id, started_at FROM wake_log WHERE id > $1 ORDER BY id LIMIT $2
), doomed AS MATERIALIZED (
  SELECT id FROM page WHERE started_at < $3 AND id < (SELECT max(id) FROM wake_log)
), removed AS (
  DELETE FROM wake_log WHERE $4 AND id = ANY (ARRAY(SELECT id FROM doomed))
)
SELECT (SELECT max(id) FROM page) AS reached, (SELECT count(*) FROM doomed) AS found, 0 AS attempts
