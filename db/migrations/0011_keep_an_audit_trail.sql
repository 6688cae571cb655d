-- Who changed what, from what to what: every change of a post's status or content, and of personas, photos,
-- clusters and credentials, whoever made it. What a daemon does step by step is in post_attempts and post_steps.

CREATE TABLE audit_log (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  db_user     text        NOT NULL,
  login       text        NOT NULL DEFAULT session_user,
  application text        NOT NULL DEFAULT current_setting('application_name'),
  client      inet        DEFAULT inet_client_addr(),
  operation   text        NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
  subject     text        NOT NULL CHECK (subject IN ('post', 'persona', 'photo', 'cluster', 'credential')),
  subject_id  bigint      NOT NULL,
  old         jsonb,
  new         jsonb
);
COMMENT ON TABLE audit_log IS
  'every change that people and programs made, with old and new values; the view audit reads it';
COMMENT ON COLUMN audit_log.db_user IS 'the role that made the change';
COMMENT ON COLUMN audit_log.login IS 'the role that logged in; another one after SET ROLE';
COMMENT ON COLUMN audit_log.application IS 'application_name of the session: psql, belfry run, …';
COMMENT ON COLUMN audit_log.client IS 'address of the client; NULL on a Unix socket';
COMMENT ON COLUMN audit_log.subject_id IS 'id of the row; of the persona for a credential';
COMMENT ON COLUMN audit_log.old IS 'the values that changed, as they were; never a secret';
COMMENT ON COLUMN audit_log.new IS 'the values that changed, as they are since';
CREATE INDEX audit_log_by_subject ON audit_log (subject, subject_id, id);   -- post_timeline
CREATE INDEX audit_log_by_time ON audit_log (at);                           -- the view audit; belfry prune

-- The role in force outside of this function: inside, it is the owner's.
CREATE FUNCTION acting_role() RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN current_setting('role') = 'none' THEN session_user::text ELSE current_setting('role') END;
COMMENT ON FUNCTION acting_role() IS 'who acts: the role set with SET ROLE, else the one that logged in';

CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  noise constant text[] :=
    '{id,created_at,updated_at,last_published_at,verified_at,inspected_at,sealed,due_at,ready_at,'
    'attempts,next_attempt_at,lease_instance_id,lease_token,container_id,container_created_at,publish_requested_at,'
    'reconcile_looks,reconcile_finished_at,failure_fix}';
  before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - noise END;
  after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - noise END;
  row_id bigint;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT coalesce(jsonb_object_agg(key, before -> key), '{}'), coalesce(jsonb_object_agg(key, value), '{}')
    INTO before, after
    FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key;
    IF after = '{}' AND TG_ARGV[0] <> 'credential' THEN RETURN NULL; END IF;
  END IF;
  row_id := CASE
    WHEN TG_ARGV[0] = 'credential' THEN (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'persona_id')::bigint
    ELSE (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'id')::bigint END;
  INSERT INTO audit_log (db_user, operation, subject, subject_id, old, new)
  VALUES (acting_role(), lower(TG_OP), TG_ARGV[0], row_id, jsonb_strip_nulls(before), after);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_row() IS 'writes the change of a row to audit_log';

CREATE FUNCTION audit_new_posts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_log (db_user, operation, subject, subject_id, new)
  SELECT acting_role(), 'insert', 'post', added.id,
    jsonb_strip_nulls(jsonb_build_object('status', added.status, 'due_at', added.due_at, 'photo_id', added.photo_id))
  FROM added;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_new_posts() IS 'writes new posts to audit_log';

CREATE TRIGGER audit_new_posts AFTER INSERT ON scheduling_posts
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_new_posts();
CREATE TRIGGER audit_removed_post AFTER DELETE ON scheduling_posts FOR EACH ROW EXECUTE FUNCTION audit_row('post');
-- Not the columns that change at every step of a post that is being published.
CREATE TRIGGER audit_changed_post AFTER UPDATE ON scheduling_posts
  FOR EACH ROW WHEN (
    OLD.status IS DISTINCT FROM NEW.status OR OLD.persona_id IS DISTINCT FROM NEW.persona_id
    OR OLD.photo_id IS DISTINCT FROM NEW.photo_id OR OLD.kind IS DISTINCT FROM NEW.kind
    OR OLD.caption IS DISTINCT FROM NEW.caption OR OLD.hashtags IS DISTINCT FROM NEW.hashtags
    OR OLD.is_ai_generated IS DISTINCT FROM NEW.is_ai_generated
    OR OLD.scheduled_at IS DISTINCT FROM NEW.scheduled_at
    OR OLD.optimal_time_calculated IS DISTINCT FROM NEW.optimal_time_calculated
    OR OLD.provider_post_id IS DISTINCT FROM NEW.provider_post_id OR OLD.cluster_id IS DISTINCT FROM NEW.cluster_id
    OR OLD.strategy_name IS DISTINCT FROM NEW.strategy_name
    OR OLD.caption_metadata IS DISTINCT FROM NEW.caption_metadata
    OR OLD.held_reason IS DISTINCT FROM NEW.held_reason OR OLD.failure_class IS DISTINCT FROM NEW.failure_class)
  EXECUTE FUNCTION audit_row('post');
CREATE TRIGGER audit_personas AFTER INSERT OR DELETE OR UPDATE ON personas
  FOR EACH ROW EXECUTE FUNCTION audit_row('persona');
CREATE TRIGGER audit_photos AFTER DELETE OR UPDATE OF persona_id, cluster_id, path, url, alt_text, score ON photos
  FOR EACH ROW EXECUTE FUNCTION audit_row('photo');
CREATE TRIGGER audit_clusters AFTER INSERT OR DELETE OR UPDATE ON clusters
  FOR EACH ROW EXECUTE FUNCTION audit_row('cluster');
CREATE TRIGGER audit_credentials AFTER INSERT OR DELETE OR UPDATE OF sealed ON sealed_credentials
  FOR EACH ROW EXECUTE FUNCTION audit_row('credential');

-- Text for narrow columns --------------------------------------------------------------------------------------------

CREATE FUNCTION fold(content text, width integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN rtrim(regexp_replace(
    regexp_replace(content, '([^[:space:]]{' || width || '})(?=[^[:space:]])', '\1 ', 'g'),
    '([^\n]{1,' || width || '})(?:[ \t]+|\n|$)', E'\\1\n', 'g'), E'\n ');
COMMENT ON FUNCTION fold(text, integer) IS 'breaks a text into lines of at most so many characters';

CREATE FUNCTION shorten(content text, width integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN CASE WHEN length(content) > width THEN rtrim(left(content, width - 1)) || '…' ELSE content END;
COMMENT ON FUNCTION shorten(text, integer) IS 'at most so many characters of a text, with … for the rest';

CREATE FUNCTION change_text(old jsonb, new jsonb) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = public, pg_temp
  RETURN (
    SELECT string_agg(
      key || CASE WHEN before IS NULL THEN ' ' ELSE ' ' || before || ' → ' END || coalesce(after, 'none'), ', '
      ORDER BY key <> 'status', key)
    FROM (
      SELECT key,
        CASE WHEN key ~ '_(at|calculated)$' THEN to_char((old ->> key)::timestamptz, 'YYYY-MM-DD HH24:MI')
          ELSE shorten(old ->> key, 30) END AS before,
        CASE WHEN key ~ '_(at|calculated)$' THEN to_char((new ->> key)::timestamptz, 'YYYY-MM-DD HH24:MI')
          ELSE shorten(new ->> key, 30) END AS after
      FROM jsonb_object_keys(coalesce(new, old)) AS key
    ) AS value
    WHERE before IS NOT NULL OR after IS NOT NULL);
COMMENT ON FUNCTION change_text(jsonb, jsonb) IS 'a change in words: status scheduled → held';

CREATE VIEW audit AS
SELECT to_char(log.at, 'YYYY-MM-DD HH24:MI:SS') AS at, shorten(log.db_user, 16) AS who, shorten(log.application,
  16) AS via,
  CASE log.subject WHEN 'post' THEN '#' || log.subject_id
    ELSE log.subject || ' ' || coalesce(shorten(CASE WHEN log.subject IN ('persona', 'credential')
      THEN (SELECT name FROM personas WHERE id = log.subject_id) END, 16), log.subject_id::text) END AS what,
  fold(CASE log.operation WHEN 'insert' THEN 'added ' WHEN 'delete' THEN 'removed ' ELSE '' END
    || coalesce(change_text(log.old, log.new), ''), 36) AS change
FROM audit_log AS log
ORDER BY log.id DESC;
COMMENT ON VIEW audit IS 'who changed what, latest first; all of it is in audit_log';
