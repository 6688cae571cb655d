INSERT INTO wake_log (instance_id, reason, slot) VALUES ($1, $2, to_timestamp($3)) RETURNING id
