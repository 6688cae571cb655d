SELECT post.status,
  to_char(post.due_at AT TIME ZONE persona.time_zone, 'YYYY-MM-DD HH24:MI:SS') || ' ' || persona.time_zone AS due
FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.id = $1
