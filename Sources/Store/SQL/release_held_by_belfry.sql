UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL WHERE id = $1 AND held_by = 'belfry'
