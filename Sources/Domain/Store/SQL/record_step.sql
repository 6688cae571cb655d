INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input, output, error, finished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, CASE WHEN $6 <> 'started' THEN clock_timestamp() END)
ON CONFLICT (post_id, attempt, ordinal) DO UPDATE
SET phase = excluded.phase, input = excluded.input, output = excluded.output, error = excluded.error,
    finished_at = excluded.finished_at
