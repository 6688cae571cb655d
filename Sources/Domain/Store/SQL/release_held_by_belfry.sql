UPDATE personas SET held_at = NULL WHERE id = $1 AND held_class = 'account'
