-- Seconds until the oldest post of the last 24 hours leaves Instagram's moving window.
SELECT extract(epoch FROM min(posted_at) + interval '24 hours' - clock_timestamp())::float8 AS seconds
FROM scheduling_posts
WHERE persona_id = $1 AND status = 'posted' AND posted_at > clock_timestamp() - interval '24 hours'
