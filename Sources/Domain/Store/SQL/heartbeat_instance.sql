UPDATE instances SET heartbeat_at = clock_timestamp() WHERE id = $1 AND stopped_at IS NULL
