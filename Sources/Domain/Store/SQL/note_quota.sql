INSERT INTO publishing_limits AS known (persona_id, used, total) VALUES ($1, $2, $3)
ON CONFLICT (persona_id) DO UPDATE SET used = excluded.used, total = excluded.total, read_at = now()
