UPDATE instances SET draining_since = coalesce(draining_since, now()) WHERE id = $1
