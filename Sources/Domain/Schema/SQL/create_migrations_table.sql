-- Repeated before each migration is recorded, so every statement may be repeated.
CREATE TABLE IF NOT EXISTS schema_migrations (
  version        integer     PRIMARY KEY,
  name           text        NOT NULL,
  checksum       text        NOT NULL,
  applied_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by     text        NOT NULL DEFAULT current_user,
  belfry_version text        NOT NULL
);
COMMENT ON TABLE schema_migrations IS 'which migrations were applied: belfry migrate --status';
COMMENT ON COLUMN schema_migrations.version IS 'number of the migration';
COMMENT ON COLUMN schema_migrations.name IS 'its name';
COMMENT ON COLUMN schema_migrations.checksum IS
  'SHA-256 of what was applied; a file that was changed since is refused';
COMMENT ON COLUMN schema_migrations.applied_at IS 'when';
COMMENT ON COLUMN schema_migrations.applied_by IS 'by which role';
COMMENT ON COLUMN schema_migrations.belfry_version IS 'by which belfry';
