SELECT pg_advisory_xact_lock(108170704286330) AS locked
