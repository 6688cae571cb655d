-- Who publishes what, how far it has come, and what was tried: instances with heartbeats, leases on posts, attempts
-- and their steps, the reconciliation of unconfirmed posts, wakes, and the notification of the daemons.

-- Instances -------------------------------------------------------------------------------------------------------

CREATE TABLE instances (
  id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host                text        NOT NULL,
  machine_id          text,
  boot_id             text        NOT NULL,
  unit                text        NOT NULL,
  invocation_id       text,
  pid                 integer     NOT NULL,
  pid_namespace       text,
  process_start_ticks bigint      NOT NULL,
  program             text        NOT NULL,
  version             text        NOT NULL,
  lease               interval    NOT NULL CHECK (lease > interval '0'),
  started_at          timestamptz NOT NULL DEFAULT now(),
  heartbeat_at        timestamptz NOT NULL DEFAULT now(),
  stopped_at          timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE instances IS
  'every process that ever leased posts; a lease is valid while its owner sends heartbeats';
COMMENT ON COLUMN instances.id IS 'number of the row';
COMMENT ON COLUMN instances.host IS 'name of the machine';
COMMENT ON COLUMN instances.machine_id IS 'derived from /etc/machine-id; NULL where there is none';
COMMENT ON COLUMN instances.boot_id IS 'the kernel''s id of this boot';
COMMENT ON COLUMN instances.unit IS 'systemd unit, or the program''s name where there is none';
COMMENT ON COLUMN instances.invocation_id IS 'systemd''s id of this start of the unit';
COMMENT ON COLUMN instances.pid IS 'the process';
COMMENT ON COLUMN instances.pid_namespace IS 'the PID namespace that pid belongs to';
COMMENT ON COLUMN instances.process_start_ticks IS
  'start time of the process in clock ticks since boot: with pid and boot_id, its identity';
COMMENT ON COLUMN instances.program IS 'the command: run, post-scheduled or schedule-post';
COMMENT ON COLUMN instances.version IS 'version of belfry';
COMMENT ON COLUMN instances.lease IS 'how long without a heartbeat before others may take over its posts';
COMMENT ON COLUMN instances.started_at IS 'when it began, by the database''s clock';
COMMENT ON COLUMN instances.heartbeat_at IS 'the last heartbeat, by the database''s clock';
COMMENT ON COLUMN instances.stopped_at IS
  'set by an orderly shutdown; its remaining leases may be taken over at once';
CREATE INDEX instances_running ON instances (machine_id) WHERE stopped_at IS NULL;

-- The rule of belfry status, of the view problems and of explain(): nobody publishes when this view is empty.
-- Hosts without systemd have no daemon; there, cron calls post-scheduled every hour.
CREATE VIEW publishers AS
SELECT instance.id AS instance_id, instance.host, instance.program, instance.started_at
FROM instances AS instance
WHERE instance.program = 'run' AND instance.stopped_at IS NULL AND instance.heartbeat_at + instance.lease > now()
  OR instance.program = 'post-scheduled' AND instance.started_at > now() - interval '2 hours';
COMMENT ON VIEW publishers IS
  'who publishes: daemons with a live heartbeat, and runs of post-scheduled within the last two hours';

-- Leases on posts -------------------------------------------------------------------------------------------------

CREATE SEQUENCE lease_tokens;
COMMENT ON SEQUENCE lease_tokens IS 'fencing tokens: a newer lease has a larger one';

ALTER TABLE scheduling_posts
  ADD COLUMN lease_instance_id bigint REFERENCES instances,
  ADD COLUMN lease_token bigint,
  ADD COLUMN container_id text CHECK (container_id ~ '^[0-9_]{1,64}$'),
  ADD COLUMN container_created_at timestamptz,
  ADD COLUMN publish_requested_at timestamptz,
  ADD COLUMN reconcile_checks integer NOT NULL DEFAULT 0 CHECK (reconcile_checks >= 0),
  ADD COLUMN reconcile_finished_at timestamptz,
  ADD CONSTRAINT leased_exactly_while_posting CHECK (
    (status = 'posting') = (lease_token IS NOT NULL) AND (status = 'posting') = (lease_instance_id IS NOT NULL)),
  ADD CONSTRAINT unconfirmed_means_explained CHECK (
    status <> 'unconfirmed'
    OR (publish_requested_at IS NOT NULL AND failure_cause IS NOT NULL AND failure_fix IS NOT NULL)),
  ADD CONSTRAINT a_mark_is_never_dropped CHECK (
    publish_requested_at IS NULL OR status IN ('posting', 'posted', 'unconfirmed'));
COMMENT ON COLUMN scheduling_posts.lease_instance_id IS 'the instance that is publishing the post';
COMMENT ON COLUMN scheduling_posts.lease_token IS
  'fencing token of the present lease; every write of its owner names it';
COMMENT ON COLUMN scheduling_posts.container_id IS
  'Instagram''s media container of the present or last attempt (not the media id)';
COMMENT ON COLUMN scheduling_posts.container_created_at IS
  'when the container was created; Instagram forgets it after 24 hours';
COMMENT ON COLUMN scheduling_posts.publish_requested_at IS
  'set before media_publish is sent; cleared only when Instagram definitely refused';
COMMENT ON COLUMN scheduling_posts.reconcile_checks IS 'how often Instagram was asked about this unconfirmed post';
COMMENT ON COLUMN scheduling_posts.reconcile_finished_at IS
  'since when its container reads FINISHED, which means not published if it stays so and no media matches';

-- At most one post of a persona is in flight. Also serves the takeover of a dead owner's posts.
CREATE UNIQUE INDEX scheduling_posts_one_in_flight_per_persona
  ON scheduling_posts (persona_id) INCLUDE (lease_instance_id) WHERE status = 'posting';
-- Serves the foreign key when belfry prune removes an instance: only posts in flight have an owner.
CREATE INDEX scheduling_posts_by_owner ON scheduling_posts (lease_instance_id)
  WHERE lease_instance_id IS NOT NULL;
-- Serves the reconciler (claim_unconfirmed.sql).
CREATE INDEX scheduling_posts_to_reconcile ON scheduling_posts (next_attempt_at)
  WHERE status = 'unconfirmed' AND next_attempt_at IS NOT NULL;

-- The claim -------------------------------------------------------------------------------------------------------

-- The rule of the claim, in one place: a persona publishes the post that has been ready longest, when the persona is
-- not held, has no post in flight, and its minimum gap is over. Used by the claim (lock_claimable_personas.sql,
-- claim_due_posts.sql), the wake timer (next_due.sql), the lag in the metrics (metrics_due_lag.sql), the view due and
-- explain(). The planner inlines the function only while it is one SELECT, STABLE and without SET.
CREATE FUNCTION next_claims(until timestamptz)
  RETURNS TABLE (persona_id bigint, post_id bigint, ready_at timestamptz, claimable_at timestamptz)
  LANGUAGE sql STABLE PARALLEL SAFE
  BEGIN ATOMIC
    SELECT persona.id, next.id, next.ready_at,
      greatest(next.ready_at, persona.last_published_at + persona.minimum_gap)
    FROM personas AS persona
    CROSS JOIN LATERAL (
      SELECT post.id, post.ready_at
      FROM scheduling_posts AS post
      WHERE post.persona_id = persona.id AND post.status = 'scheduled' AND post.ready_at <= until
      ORDER BY post.ready_at, post.id
      LIMIT 1
    ) AS next
    WHERE persona.held_at IS NULL
      AND (persona.last_published_at IS NULL OR persona.last_published_at + persona.minimum_gap <= until)
      AND NOT EXISTS (
        SELECT FROM scheduling_posts AS busy WHERE busy.persona_id = persona.id AND busy.status = 'posting');
  END;
COMMENT ON FUNCTION next_claims(timestamptz) IS
  'the next post of each persona that a daemon can claim by then, and from when it can';

-- Attempts and steps ----------------------------------------------------------------------------------------------

CREATE TABLE post_attempts (
  post_id          bigint      NOT NULL REFERENCES scheduling_posts ON DELETE CASCADE,
  attempt          integer     NOT NULL CHECK (attempt > 0),
  instance_id      bigint      NOT NULL REFERENCES instances,
  pipeline         text        NOT NULL,
  pipeline_version integer     NOT NULL,
  takeovers        integer     NOT NULL DEFAULT 0,
  started_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,
  outcome          text        CHECK (outcome IN ('posted', 'deferred', 'failed', 'unconfirmed', 'interrupted')),
  failure_class    text,
  failure_cause    text,
  PRIMARY KEY (post_id, attempt),
  CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE post_attempts IS 'every lease of a post to publish it, and how it ended';
COMMENT ON COLUMN post_attempts.post_id IS 'the post';
COMMENT ON COLUMN post_attempts.attempt IS 'number of the attempt, from 1';
COMMENT ON COLUMN post_attempts.instance_id IS 'the instance, a row of instances';
COMMENT ON COLUMN post_attempts.pipeline IS 'name of the chain of commands that ran';
COMMENT ON COLUMN post_attempts.pipeline_version IS
  'its version; a program with another version does not continue this attempt';
COMMENT ON COLUMN post_attempts.takeovers IS 'how often another instance had to continue this attempt';
COMMENT ON COLUMN post_attempts.started_at IS 'when it began, by the database''s clock';
COMMENT ON COLUMN post_attempts.finished_at IS 'when it ended; NULL while it lasts';
COMMENT ON COLUMN post_attempts.outcome IS
  'posted, deferred, failed, unconfirmed, or interrupted by the end of the service';
COMMENT ON COLUMN post_attempts.failure_class IS 'class of the failure that ended it';
COMMENT ON COLUMN post_attempts.failure_cause IS 'what happened';
-- Serves the foreign key when belfry prune removes an instance; the many rows of one instance are few entries.
CREATE INDEX post_attempts_by_instance ON post_attempts (instance_id);

CREATE TABLE post_steps (
  post_id     bigint      NOT NULL,
  attempt     integer     NOT NULL,
  ordinal     integer     NOT NULL CHECK (ordinal >= 0),
  name        text        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('compensatable', 'pivot', 'retriable')),
  phase       text        NOT NULL
              CHECK (phase IN ('started', 'completed', 'failed', 'unknown', 'compensated', 'stuck')),
  input       jsonb       NOT NULL,
  output      jsonb,
  error       text,
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (post_id, attempt, ordinal),
  FOREIGN KEY (post_id, attempt) REFERENCES post_attempts ON DELETE CASCADE,
  CHECK (phase <> 'completed' OR output IS NOT NULL)
) WITH (fillfactor = 70);
COMMENT ON TABLE post_steps IS 'the saga''s log: started is committed before a step acts, completed after it';
COMMENT ON COLUMN post_steps.post_id IS 'the post';
COMMENT ON COLUMN post_steps.attempt IS 'number of the attempt, from 1';
COMMENT ON COLUMN post_steps.ordinal IS 'position in the chain, from 0';
COMMENT ON COLUMN post_steps.name IS 'the command: CreateMediaContainer, …';
COMMENT ON COLUMN post_steps.kind IS 'compensatable: can be undone; pivot: cannot; retriable: only forward';
COMMENT ON COLUMN post_steps.phase IS
  'started, completed, failed, unknown (may have taken effect), compensated (undone), stuck (undo failed)';
COMMENT ON COLUMN post_steps.input IS 'all that is needed to repeat, undo or reconcile the step';
COMMENT ON COLUMN post_steps.output IS 'the result of the step, once completed';
COMMENT ON COLUMN post_steps.error IS 'why it failed';
COMMENT ON COLUMN post_steps.started_at IS 'when it began, by the database''s clock';
COMMENT ON COLUMN post_steps.finished_at IS 'when it ended; NULL while it lasts';
CREATE INDEX post_steps_stuck ON post_steps (post_id) WHERE phase = 'stuck';   -- serves the janitor

-- Wakes and quotas ------------------------------------------------------------------------------------------------

CREATE TABLE wake_log (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instance_id bigint      NOT NULL REFERENCES instances,
  reason      text        NOT NULL CHECK (reason IN ('start', 'schedule', 'due', 'notified', 'requested', 'pass')),
  slot        timestamptz,
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  claimed     integer     NOT NULL DEFAULT 0,
  posted      integer     NOT NULL DEFAULT 0,
  deferred    integer     NOT NULL DEFAULT 0,
  failed      integer     NOT NULL DEFAULT 0,
  unconfirmed integer     NOT NULL DEFAULT 0
);
COMMENT ON TABLE wake_log IS
  'every scheduled search for due posts, and every other search that found some: when, why, and with what result';
COMMENT ON COLUMN wake_log.id IS 'number of the row';
COMMENT ON COLUMN wake_log.instance_id IS 'the instance, a row of instances';
COMMENT ON COLUMN wake_log.reason IS
  'start, schedule (the wall-clock slot), due, notified, requested (SIGUSR1), pass (post-scheduled)';
COMMENT ON COLUMN wake_log.slot IS
  'the wall-clock time that a scheduled wake was meant for; its lateness is started_at - slot';
COMMENT ON COLUMN wake_log.started_at IS 'when it began, by the database''s clock';
COMMENT ON COLUMN wake_log.finished_at IS 'when it ended; NULL while it lasts';
COMMENT ON COLUMN wake_log.claimed IS 'posts that the wake leased';
COMMENT ON COLUMN wake_log.posted IS 'of those, published';
COMMENT ON COLUMN wake_log.deferred IS 'of those, put back with a reason';
COMMENT ON COLUMN wake_log.failed IS 'of those, failed';
COMMENT ON COLUMN wake_log.unconfirmed IS 'of those, of unknown outcome';
CREATE INDEX wakes_recent ON wake_log (started_at DESC);
CREATE INDEX wakes_by_instance ON wake_log (instance_id);   -- as post_attempts_by_instance

-- The daemon reads the quota before it creates a container.
CREATE TABLE publishing_limits (
  persona_id bigint      PRIMARY KEY REFERENCES personas ON DELETE CASCADE,
  used       integer     NOT NULL CHECK (used >= 0),
  total      integer     CHECK (total >= 0),
  read_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE publishing_limits IS 'the publishing quota of each account, as Instagram last reported it';
COMMENT ON COLUMN publishing_limits.persona_id IS 'whose it is';
COMMENT ON COLUMN publishing_limits.used IS 'posts that counted in the moving 24 hours';
COMMENT ON COLUMN publishing_limits.total IS 'how many Instagram allows in 24 hours; NULL when it did not say';
COMMENT ON COLUMN publishing_limits.read_at IS 'when Instagram reported it';

-- The notification ------------------------------------------------------------------------------------------------

-- One empty notification for a statement that leaves something to publish. The payload is empty so that PostgreSQL
-- folds the notifications of one transaction into one.
CREATE FUNCTION notify_queue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed WHERE status = 'scheduled') THEN
    NOTIFY belfry_queue;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_queue_changed() IS 'notifies the daemons that posts were queued or moved';
CREATE TRIGGER notify_queue_changed_on_insert AFTER INSERT ON scheduling_posts
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_queue_changed();
CREATE TRIGGER notify_queue_changed_on_update AFTER UPDATE ON scheduling_posts
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_queue_changed();

-- Releasing a persona, or loosening its gap, makes posts claimable too.
CREATE FUNCTION notify_persona_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY belfry_queue;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_persona_changed() IS
  'notifies the daemons that a persona was released or its gap changed';
CREATE TRIGGER notify_persona_changed AFTER UPDATE OF held_at, minimum_gap ON personas
  FOR EACH STATEMENT EXECUTE FUNCTION notify_persona_changed();

-- Imports ---------------------------------------------------------------------------------------------------------

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
  'which row of a Rails database became which row here; belfry import-rails imports none of them twice';
COMMENT ON COLUMN rails_imports.source IS
  'the Rails database: when Rails made it, which survives dump and restore, else its name';
COMMENT ON COLUMN rails_imports.kind IS 'persona, cluster, photo or post';
COMMENT ON COLUMN rails_imports.origin_id IS 'the row''s id in the Rails database';
COMMENT ON COLUMN rails_imports.origin_updated_at IS
  'its updated_at at the import; a different value there means that the Rails app has written to the row since';
COMMENT ON COLUMN rails_imports.local_id IS
  'the row''s id here; a row that was deleted since stays deleted, so this is no foreign key';
COMMENT ON COLUMN rails_imports.is_matched IS 'the row existed here before the import, which left it as it was';
COMMENT ON COLUMN rails_imports.imported_at IS 'when it was imported';

-- The audit log ---------------------------------------------------------------------------------------------------

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
COMMENT ON COLUMN audit_log.id IS 'number of the row';
COMMENT ON COLUMN audit_log.at IS 'when';
COMMENT ON COLUMN audit_log.db_user IS 'the role that made the change';
COMMENT ON COLUMN audit_log.login IS 'the role that logged in; another one after SET ROLE';
COMMENT ON COLUMN audit_log.application IS 'application_name of the session: psql, belfry run, …';
COMMENT ON COLUMN audit_log.client IS 'address of the client; NULL on a Unix socket';
COMMENT ON COLUMN audit_log.operation IS 'insert, update or delete';
COMMENT ON COLUMN audit_log.subject IS 'post, persona, photo, cluster or credential';
COMMENT ON COLUMN audit_log.subject_id IS 'id of the row; of the persona for a credential';
COMMENT ON COLUMN audit_log.old IS 'the values that changed, as they were; never a secret';
COMMENT ON COLUMN audit_log.new IS 'the values that changed, as they are since';
CREATE INDEX audit_log_by_subject ON audit_log (subject, subject_id, id);   -- post_timeline
CREATE INDEX audit_log_by_time ON audit_log (at);                           -- the view audit; belfry prune

-- Inside the SECURITY DEFINER functions current_user is the owner; this is the role outside of them.
CREATE FUNCTION acting_role() RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN current_setting('role') = 'none' THEN session_user::text ELSE current_setting('role') END;
COMMENT ON FUNCTION acting_role() IS 'who acts: the role set with SET ROLE, else the one that logged in';

CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  noise constant text[] :=
    '{id,created_at,updated_at,last_published_at,verified_at,inspected_at,sealed,due_at,ready_at,'
    'attempts,next_attempt_at,lease_instance_id,lease_token,container_id,container_created_at,publish_requested_at,'
    'reconcile_checks,reconcile_finished_at,failure_fix}';
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
