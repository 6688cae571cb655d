UPDATE personas SET held_at = now(), held_by = 'belfry', held_reason = $2, held_advice = $3, held_class = $4
WHERE id = $1 AND held_at IS NULL
