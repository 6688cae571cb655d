-- The tables of the Rails database, as far as this role may read them.
SELECT table_name::text AS name
FROM information_schema.tables
WHERE table_schema = ANY (current_schemas(false))
