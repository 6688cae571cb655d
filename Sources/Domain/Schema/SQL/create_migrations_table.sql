CREATE TABLE IF NOT EXISTS schema_migrations (
  version        integer     PRIMARY KEY,
  name           text        NOT NULL,
  checksum       text        NOT NULL,
  applied_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by     text        NOT NULL DEFAULT current_user,
  belfry_version text        NOT NULL
)
