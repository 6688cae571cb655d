-- One migration at a time, whatever host it comes from; 'belfry' in ASCII. $1: until the session ends or releases it,
-- else until the transaction ends.
SELECT CASE WHEN $1::boolean THEN pg_try_advisory_lock(108170704286329)
  ELSE pg_try_advisory_xact_lock(108170704286329) END
  AS locked
