-- Asking Instagram what became of a publish whose answer was lost, late policies, and the view that says
-- what needs a human.

ALTER TABLE scheduling_posts
  ADD COLUMN reconcile_looks integer NOT NULL DEFAULT 0 CHECK (reconcile_looks >= 0),
  ADD COLUMN reconcile_finished_at timestamptz,
  DROP CONSTRAINT unconfirmed_means_sent,
  ADD CONSTRAINT unconfirmed_means_explained CHECK (
    status <> 'unconfirmed'
    OR (publish_requested_at IS NOT NULL AND failure_cause IS NOT NULL AND failure_fix IS NOT NULL)),
  DROP CONSTRAINT published_from_a_container;
COMMENT ON COLUMN scheduling_posts.reconcile_looks IS 'how often Instagram was asked about this unconfirmed post';
COMMENT ON COLUMN scheduling_posts.reconcile_finished_at IS
  'since when its container reads FINISHED, which means not published if it stays so and no media matches';
COMMENT ON COLUMN scheduling_posts.next_attempt_at IS
  'not before this time: the next try of a deferred post, the next look at an unconfirmed one (NULL: a human''s turn)';

-- Serves the reconciler (claim_doubts.sql).
CREATE INDEX scheduling_posts_to_reconcile ON scheduling_posts (next_attempt_at)
  WHERE status = 'unconfirmed' AND next_attempt_at IS NOT NULL;

-- Serves quota_frees_in.sql and the seven days of belfry status.
CREATE INDEX scheduling_posts_posted ON scheduling_posts (persona_id, posted_at) WHERE status = 'posted';

ALTER TABLE personas
  ADD COLUMN held_class text CHECK (held_class IN ('account', 'unknown')),
  ADD COLUMN held_fix text,
  ADD COLUMN late_policy text NOT NULL DEFAULT 'publish' CHECK (late_policy IN ('publish', 'reslot', 'hold', 'drop')),
  ADD COLUMN late_after interval NOT NULL DEFAULT '1 hour' CHECK (late_after > interval '0');
COMMENT ON COLUMN personas.held_class IS
  'when belfry itself held it: account (a working token releases it) or unknown (only a human does)';
COMMENT ON COLUMN personas.held_fix IS 'what ends the hold, when belfry itself held it';
COMMENT ON COLUMN personas.late_policy IS
  'what happens to a post that is later than late_after: publish, reslot (same time, next free day), hold or drop';
COMMENT ON COLUMN personas.late_after IS 'how late a post may go out as if nothing had happened';

CREATE VIEW problems AS
SELECT severity, subject, persona, since, cause, fix, post_id
FROM (
  SELECT 1 AS rank, 'unconfirmed' AS severity, '#' || post.id AS subject, persona.name AS persona,
    post.publish_requested_at AS since, post.failure_cause AS cause, post.failure_fix AS fix, post.id AS post_id
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'unconfirmed'
  UNION ALL
  SELECT 2, 'failed', '#' || post.id, persona.name, post.updated_at, post.failure_cause, post.failure_fix, post.id
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'failed'
  UNION ALL
  SELECT 3, 'held', 'persona ' || persona.name, persona.name, persona.held_at, persona.held_reason,
    coalesce(persona.held_fix, 'belfry credentials verify ' || persona.name), NULL
  FROM personas AS persona
  WHERE persona.held_by = 'belfry'
  UNION ALL
  SELECT 4, 'no token', 'persona ' || persona.name, persona.name, persona.created_at,
    'posts are queued but there is no access token', 'belfry credentials set ' || persona.name, NULL
  FROM personas AS persona
  WHERE persona.held_at IS NULL
    AND EXISTS (SELECT FROM scheduling_posts AS post WHERE post.persona_id = persona.id AND post.status = 'scheduled')
    AND NOT EXISTS (
      SELECT FROM sealed_credentials AS token WHERE token.persona_id = persona.id AND token.name = 'access_token')
  UNION ALL
  SELECT 5, 'deferred', '#' || post.id, persona.name, post.updated_at,
    'deferred ' || post.attempts || 'x: ' || post.failure_cause, post.failure_fix, post.id
  FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
  WHERE post.status = 'scheduled' AND post.failure_class IS NOT NULL AND post.attempts >= 3
) AS problem
ORDER BY rank, since, subject;
COMMENT ON VIEW problems IS 'what needs a human, worst first, each with its cause and a repair';
