SELECT pg_advisory_unlock(108170704286329) AS released
