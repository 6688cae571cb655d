-- What came from a Rails database, so that an import can be repeated.

CREATE TABLE rails_imports (
  source            text        NOT NULL CHECK (source <> ''),
  kind              text        NOT NULL CHECK (kind IN ('persona', 'cluster', 'photo', 'post')),
  origin_id         bigint      NOT NULL,
  origin_updated_at timestamptz,
  local_id          bigint      NOT NULL,
  is_matched        boolean     NOT NULL DEFAULT false,
  imported_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, kind, origin_id)
);
COMMENT ON TABLE rails_imports IS
  'which row of a Rails database became which row here; belfry import-rails brings none of them twice';
COMMENT ON COLUMN rails_imports.source IS
  'the Rails database: when Rails made it, which survives dump and restore, else its name';
COMMENT ON COLUMN rails_imports.kind IS 'persona, cluster, photo or post';
COMMENT ON COLUMN rails_imports.origin_id IS 'the row''s id in the Rails database';
COMMENT ON COLUMN rails_imports.origin_updated_at IS
  'its updated_at when it came; another one there means that the Rails app has written to it since';
COMMENT ON COLUMN rails_imports.local_id IS
  'the row''s id here; a row that was deleted since stays deleted, so this is no foreign key';
COMMENT ON COLUMN rails_imports.is_matched IS 'the row was here already, and was left as it is';
COMMENT ON COLUMN rails_imports.imported_at IS 'when it was brought over';
