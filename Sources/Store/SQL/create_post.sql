-- $4 is what a person wrote; the transaction's TimeZone is the persona's, so a time without a zone is local.
INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
VALUES ($1, $2, $3, coalesce($4::text::timestamptz, clock_timestamp()))
RETURNING id
