SELECT post, persona, local_time(ready_at, time_zone) AS goes_out,
  distance(extract(epoch FROM ready_at - now())::float8) AS distance, state, coalesce(photo, '-') AS photo,
  shorten(regexp_replace(caption, '[[:space:]]+', ' ', 'g'), 40) AS caption, reason,
  to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS due_at,
  to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ready_at, status, caption AS whole_caption
FROM queue_details
WHERE $1::text IS NULL OR persona = $1
ORDER BY status NOT IN ('unconfirmed', 'posting'), queue_details.ready_at, post
LIMIT $2
