-- $4 is what a person wrote.
INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
VALUES ($1::int8, $2, $3, CASE WHEN $4::text IS NULL THEN clock_timestamp() ELSE read_time($4::text, $1::int8) END)
RETURNING id
