-- One batch of the step log, in the order of its primary key: the posts that the next $2 rows after post $1
-- belong to. The batch walks the log and not scheduling_posts, because pruned posts are no longer in the log. Of a post
-- that has been finished since before $3 and has no compensation to repeat, it removes all steps, and all attempts but
-- the last, which says how the post ended. $4: remove, or only count. Rows are selected by arrays and not by joins, so
-- that the planner uses the index whatever it estimates for a sequential scan.
WITH page AS MATERIALIZED (
  SELECT DISTINCT next.post_id
  FROM (SELECT post_id FROM post_steps WHERE post_id > $1 ORDER BY post_id LIMIT $2) AS next
), over AS MATERIALIZED (
  SELECT post.id
  FROM scheduling_posts AS post
  WHERE post.id = ANY (ARRAY(SELECT post_id FROM page))
    AND post.status IN ('posted', 'failed', 'cancelled') AND post.updated_at < $3
    AND NOT EXISTS (SELECT FROM post_steps AS stuck WHERE stuck.post_id = post.id AND stuck.phase = 'stuck')
), past AS MATERIALIZED (
  SELECT attempt.ctid AS place, attempt.post_id, attempt.attempt,
    EXISTS (
      SELECT FROM post_attempts AS later
      WHERE later.post_id = attempt.post_id AND later.attempt > attempt.attempt) AS is_followed
  FROM post_attempts AS attempt
  WHERE attempt.post_id = ANY (ARRAY(SELECT id FROM over)) AND attempt.finished_at < $3
), doomed AS MATERIALIZED (
  SELECT step.ctid AS place
  FROM post_steps AS step
  WHERE step.post_id = ANY (ARRAY(SELECT post_id FROM past))
    AND EXISTS (SELECT FROM past WHERE past.post_id = step.post_id AND past.attempt = step.attempt)
), removed_steps AS (
  DELETE FROM post_steps WHERE $4 AND ctid = ANY (ARRAY(SELECT place FROM doomed))
), removed_attempts AS (
  DELETE FROM post_attempts WHERE $4 AND ctid = ANY (ARRAY(SELECT place FROM past WHERE is_followed))
)
SELECT (SELECT max(post_id) FROM page) AS reached, (SELECT count(*) FROM doomed) AS found,
  (SELECT count(*) FROM past WHERE is_followed) AS attempts
