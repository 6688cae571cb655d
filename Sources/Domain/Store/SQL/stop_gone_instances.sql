UPDATE instances SET stopped_at = now() WHERE id = ANY ($1) AND stopped_at IS NULL
