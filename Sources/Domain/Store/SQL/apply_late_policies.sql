-- Posts that are later than their persona allows: moved to the same local time of the next day, held or dropped, each
-- with its reason.
UPDATE scheduling_posts AS post
SET status = late.new_status, scheduled_at = late.new_time, next_attempt_at = NULL,
    failure_class = 'wait', failure_cause = late.cause, failure_fix = late.fix
FROM (
  SELECT overdue.id, persona.name AS persona,
    CASE persona.late_policy WHEN 'hold' THEN 'held' WHEN 'drop' THEN 'cancelled' ELSE 'scheduled' END AS new_status,
    CASE WHEN persona.late_policy = 'reslot'
      THEN ((overdue.due_at AT TIME ZONE persona.time_zone)
        + ceil(extract(epoch FROM now() - overdue.due_at) / 86400) * interval '1 day') AT TIME ZONE persona.time_zone
      ELSE overdue.scheduled_at
    END AS new_time,
    'it was ' || to_char(now() - overdue.due_at, 'HH24 "h" MI "min"') || ' late; the late policy of ' || persona.name
      || ' is ' || persona.late_policy AS cause,
    CASE persona.late_policy
      WHEN 'hold' THEN format('SELECT move(%s, ''tomorrow 09:00''); SELECT release(%s);', overdue.id, overdue.id)
      WHEN 'drop' THEN 'Insert it again if it is still wanted.'
      ELSE 'Nothing: it waits for its new time.'
    END AS fix
  FROM personas AS persona
  CROSS JOIN LATERAL (
    SELECT due.id, due.due_at, due.scheduled_at
    FROM scheduling_posts AS due
    WHERE due.persona_id = persona.id AND due.status = 'scheduled' AND due.ready_at <= now()
      AND due.due_at < now() - persona.late_after
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  ) AS overdue
  WHERE persona.late_policy <> 'publish' AND persona.held_at IS NULL
) AS late
WHERE post.id = late.id
RETURNING post.id, late.persona, late.cause
