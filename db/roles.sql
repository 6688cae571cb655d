-- The four roles of Belfry, for a cluster in which the owner of the database may not make roles. Run it once as a
-- superuser, then belfry migrate as the owner of the database:
--
--     sudo -u postgres psql -f roles.sql && belfry migrate
--
-- Nobody logs in as one of them; grant them to those who do: GRANT belfry_writer TO tim;

SELECT format('CREATE ROLE %I NOLOGIN', role) AS statement
FROM unnest('{belfry_reader,belfry_writer,belfry_operator,belfry_daemon}'::text[]) AS role
WHERE to_regrole(role) IS NULL
\gexec
