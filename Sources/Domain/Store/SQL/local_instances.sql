-- Instances of this machine without an orderly shutdown; the caller checks whether the process still exists.
SELECT id, host, pid, pid_namespace, process_start_ticks, boot_id
FROM instances
WHERE machine_id = $1 AND stopped_at IS NULL AND id <> $2
