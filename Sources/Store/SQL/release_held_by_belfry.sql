UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL, held_fix = NULL,
  held_class = NULL
WHERE id = $1 AND held_by = 'belfry' AND held_class IS DISTINCT FROM 'unknown'
