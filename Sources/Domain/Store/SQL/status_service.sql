SELECT
  (SELECT count(*) FROM publishers WHERE program = 'run') AS daemons,
  (SELECT floor(extract(epoch FROM now() - min(started_at)))::int8 FROM publishers WHERE program = 'run') AS up,
  EXISTS (SELECT FROM publishers) AS is_served,
  (SELECT to_char(wake.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
   FROM wake_log AS wake ORDER BY wake.started_at DESC LIMIT 1) AS last_wake,
  to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now,
  (SELECT count(*) FROM scheduling_posts AS post WHERE post.status = 'posting') AS in_flight,
  (SELECT count(*) FROM scheduling_posts AS post
   JOIN personas AS persona ON persona.id = post.persona_id AND persona.held_at IS NULL
   WHERE post.status = 'scheduled' AND post.ready_at < now() - interval '2 minutes') AS overdue
