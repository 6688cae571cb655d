INSERT INTO instances (
  host, machine_id, boot_id, unit, invocation_id, pid, pid_namespace, process_start_ticks, program, version, lease)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, make_interval(secs => $11))
RETURNING id
