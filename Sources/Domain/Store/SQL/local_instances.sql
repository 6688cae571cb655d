-- Instances of this machine that did not end in an orderly way: the caller looks whether the process lives.
SELECT id, host, pid, pid_namespace, process_start_ticks, boot_id
FROM instances
WHERE machine_id = $1 AND stopped_at IS NULL AND id <> $2
