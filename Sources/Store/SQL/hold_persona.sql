UPDATE personas SET held_at = now(), held_by = 'belfry', held_reason = $2 WHERE id = $1 AND held_at IS NULL
