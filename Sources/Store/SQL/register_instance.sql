INSERT INTO instances (
  host, machine_id, boot_id, unit, invocation_id, pid, process_start_ticks, program, version, lease)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, make_interval(secs => $10))
RETURNING id
