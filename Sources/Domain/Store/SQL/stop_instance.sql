UPDATE instances SET stopped_at = coalesce(stopped_at, now()) WHERE id = $1
