-- \d+ is the manual: what had no comment yet gets one.

DO $$
DECLARE
  missing record;
BEGIN
  FOR missing IN
    SELECT class.relname AS relation, attribute.attname AS field, meaning.text
    FROM pg_class AS class
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0
      AND NOT attribute.attisdropped
    JOIN (VALUES
      ('id', 'number of the row'), ('created_at', 'when the row was made'), ('updated_at', 'when the row last changed'),
      ('persona_id', 'whose it is'), ('post_id', 'the post'), ('instance_id', 'the instance, a row of instances'),
      ('started_at', 'when it began, by the database''s clock'), ('finished_at', 'when it ended; NULL while it lasts'),
      ('attempt', 'number of the attempt, from 1')
    ) AS meaning (field, text) ON meaning.field = attribute.attname
    WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r' AND col_description(class.oid,
      attribute.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', missing.relation, missing.field, missing.text);
  END LOOP;
END $$;

COMMENT ON COLUMN clusters.name IS 'what people call it: Sea; unique within its persona';
COMMENT ON COLUMN photos.cluster_id IS 'the cluster it belongs to, if any';
COMMENT ON COLUMN photos.score IS 'how good it is; strategies and unused_photos prefer the higher';
COMMENT ON COLUMN scheduling_posts.photo_id IS 'the picture, one of the persona''s own; NULL in a draft';
COMMENT ON COLUMN post_attempts.pipeline IS 'name of the chain of commands that ran';
COMMENT ON COLUMN post_attempts.pipeline_version IS 'its version; another one does not go on with this attempt';
COMMENT ON COLUMN post_attempts.outcome IS
  'posted, deferred, failed, unconfirmed, or interrupted by the end of the service';
COMMENT ON COLUMN post_attempts.failure_class IS 'class of the failure that ended it';
COMMENT ON COLUMN post_attempts.failure_cause IS 'what happened';
COMMENT ON COLUMN post_steps.ordinal IS 'position in the chain, from 0';
COMMENT ON COLUMN post_steps.name IS 'the command: CreateMediaContainer, …';
COMMENT ON COLUMN post_steps.output IS 'what the step brought about, once completed';
COMMENT ON COLUMN post_steps.error IS 'why it failed';
COMMENT ON COLUMN post_keys.key IS 'the writer''s own name for the post';
COMMENT ON COLUMN sealed_credentials.name IS 'access_token or app_secret';
COMMENT ON COLUMN publishing_limits.read_at IS 'when Instagram told it';
COMMENT ON COLUMN instances.host IS 'name of the machine';
COMMENT ON COLUMN instances.invocation_id IS 'systemd''s id of this start of the unit';
COMMENT ON COLUMN instances.pid IS 'the process';
COMMENT ON COLUMN instances.version IS 'version of belfry';
COMMENT ON COLUMN instances.draining_since IS 'since when it claims nothing because it is to end';
COMMENT ON COLUMN inbox.caption IS 'the text under the picture';
COMMENT ON COLUMN inbox.post_id IS 'the post that the row became';
COMMENT ON COLUMN inbox.received_at IS 'when the sheet came; one time for all of its rows';
COMMENT ON COLUMN inbox.received_by IS 'the role that wrote it';
COMMENT ON COLUMN audit_log.at IS 'when';
COMMENT ON COLUMN audit_log.operation IS 'insert, update or delete';
COMMENT ON COLUMN audit_log.subject IS 'post, persona, photo, cluster or credential';
COMMENT ON COLUMN wake_log.claimed IS 'posts that the wake leased';
COMMENT ON COLUMN wake_log.posted IS 'of those, published';
COMMENT ON COLUMN wake_log.deferred IS 'of those, put back with a reason';
COMMENT ON COLUMN wake_log.failed IS 'of those, given up';
COMMENT ON COLUMN wake_log.unconfirmed IS 'of those, of unknown outcome';

-- The migrator makes this table before it records the first migration.
DO $$
BEGIN
  IF to_regclass('schema_migrations') IS NULL THEN RETURN; END IF;
  COMMENT ON TABLE schema_migrations IS 'which migrations were applied: belfry migrate --status';
  COMMENT ON COLUMN schema_migrations.version IS 'number of the migration';
  COMMENT ON COLUMN schema_migrations.name IS 'its name';
  COMMENT ON COLUMN schema_migrations.checksum IS
    'SHA-256 of what was applied; a file that was changed since is refused';
  COMMENT ON COLUMN schema_migrations.applied_at IS 'when';
  COMMENT ON COLUMN schema_migrations.applied_by IS 'by which role';
  COMMENT ON COLUMN schema_migrations.belfry_version IS 'by which belfry';
END $$;
