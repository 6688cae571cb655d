-- Who publishes what, how far it has come, and what was tried: instances with heartbeats, leases on
-- posts, attempts and their steps, wakes.

CREATE TABLE instances (
  id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host                text        NOT NULL,
  machine_id          text        NOT NULL,
  boot_id             text        NOT NULL,
  unit                text        NOT NULL,
  invocation_id       text,
  pid                 integer     NOT NULL,
  process_start_ticks bigint      NOT NULL,
  program             text        NOT NULL,
  version             text        NOT NULL,
  lease               interval    NOT NULL CHECK (lease > interval '0'),
  started_at          timestamptz NOT NULL DEFAULT now(),
  heartbeat_at        timestamptz NOT NULL DEFAULT now(),
  draining_since      timestamptz,
  stopped_at          timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE instances IS
  'every process that ever leased posts; a lease lives as long as its owner''s heartbeat';
COMMENT ON COLUMN instances.machine_id IS '/etc/machine-id';
COMMENT ON COLUMN instances.boot_id IS 'the kernel''s id of this boot';
COMMENT ON COLUMN instances.unit IS 'systemd unit, or the program''s name where there is none';
COMMENT ON COLUMN instances.process_start_ticks IS
  'start time of the process in clock ticks since boot: with pid and boot_id, its identity';
COMMENT ON COLUMN instances.program IS 'the command: run, post-scheduled or schedule-post';
COMMENT ON COLUMN instances.lease IS 'how long without a heartbeat before others may take over its posts';
COMMENT ON COLUMN instances.heartbeat_at IS 'by the database''s clock';
COMMENT ON COLUMN instances.stopped_at IS
  'set by an orderly end; what it still held may be taken over at once';
CREATE INDEX instances_running ON instances (machine_id) WHERE stopped_at IS NULL;

CREATE SEQUENCE lease_tokens;
COMMENT ON SEQUENCE lease_tokens IS 'fencing tokens: a newer lease has a larger one';

ALTER TABLE scheduling_posts
  ADD COLUMN lease_instance_id bigint REFERENCES instances,
  ADD COLUMN lease_token bigint,
  ADD COLUMN container_id text CHECK (container_id ~ '^[0-9_]{1,64}$'),
  ADD COLUMN container_created_at timestamptz,
  ADD COLUMN publish_requested_at timestamptz,
  ADD CONSTRAINT leased_exactly_while_posting CHECK (
    (status = 'posting') = (lease_token IS NOT NULL) AND (status = 'posting') = (lease_instance_id IS NOT NULL)),
  ADD CONSTRAINT unconfirmed_means_sent CHECK (
    status <> 'unconfirmed'
    OR (publish_requested_at IS NOT NULL AND container_id IS NOT NULL AND failure_cause IS NOT NULL
        AND failure_fix IS NOT NULL)),
  ADD CONSTRAINT published_from_a_container CHECK (publish_requested_at IS NULL OR container_id IS NOT NULL),
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

-- At most one post of a persona is in flight. Also serves the takeover of a dead owner's posts.
CREATE UNIQUE INDEX scheduling_posts_one_in_flight_per_persona
  ON scheduling_posts (persona_id) INCLUDE (lease_instance_id) WHERE status = 'posting';

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
COMMENT ON COLUMN post_attempts.takeovers IS 'how often another instance had to continue this attempt';

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
COMMENT ON COLUMN post_steps.phase IS
  'started, completed, failed, unknown (may have taken effect), compensated (undone), stuck (undo failed)';
COMMENT ON COLUMN post_steps.kind IS 'compensatable: can be undone; pivot: cannot; retriable: only forward';
COMMENT ON COLUMN post_steps.input IS 'all that is needed to repeat, undo or reconcile the step';
CREATE INDEX post_steps_stuck ON post_steps (post_id) WHERE phase = 'stuck';   -- serves the janitor

CREATE TABLE wakes (
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
COMMENT ON TABLE wakes IS
  'every time an instance looked for due posts on schedule or found some: when, why, and what came of it';
COMMENT ON COLUMN wakes.reason IS
  'start, schedule (the wall-clock slot), due, notified, requested (SIGUSR1), pass (post-scheduled)';
COMMENT ON COLUMN wakes.slot IS
  'the wall-clock time that a scheduled wake was meant for; its lateness is started_at - slot';
CREATE INDEX wakes_recent ON wakes (started_at DESC);
