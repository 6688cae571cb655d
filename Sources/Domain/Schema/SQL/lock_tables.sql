-- All of our tables, or none within 200 ms each: less than deadlock_timeout, so that it is never somebody who queues a
-- post who is sent away.
DO $$
DECLARE
  tables text := (
    SELECT string_agg(quote_ident(relname), ', ' ORDER BY relname)
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r');
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  IF tables IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE'; END IF;
END $$
