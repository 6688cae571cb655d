UPDATE wake_log
SET finished_at = clock_timestamp(), claimed = $2, posted = $3, deferred = $4, failed = $5, unconfirmed = $6
WHERE id = $1
