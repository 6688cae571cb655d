-- One batch of the audit, oldest first, as in prune_wakes.sql.
WITH page AS MATERIALIZED (
  SELECT id, at FROM audit_log WHERE id > $1 ORDER BY id LIMIT $2
), doomed AS MATERIALIZED (
  SELECT id FROM page WHERE at < $3
), removed AS (
  DELETE FROM audit_log WHERE $4 AND id = ANY (ARRAY(SELECT id FROM doomed))
)
SELECT (SELECT max(id) FROM page) AS reached, (SELECT count(*) FROM doomed) AS found, 0 AS attempts
