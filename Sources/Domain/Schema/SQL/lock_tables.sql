-- Locks all of our tables, or none after 200 ms for each: less than deadlock_timeout, so that PostgreSQL never cancels
-- the statement of a writer to end a deadlock.
DO $$
DECLARE
  tables text := (
    SELECT string_agg(quote_ident(relname), ', ' ORDER BY relname)
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r');
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  IF tables IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE'; END IF;
END $$
