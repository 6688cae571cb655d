-- Views for people: narrow enough for 120 columns, in the personas' local time, in the order that an operator needs,
-- and free to change. Programs read the tables, queue_details, problem_details, or --json. In all of them cause is what
-- happened, advice is what to do in words, and command is the exact command to run.

-- Text for narrow columns -----------------------------------------------------------------------------------------

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

CREATE VIEW wakes AS
SELECT wake.id, to_char(wake.started_at, 'MM-DD HH24:MI:SS') AS at, wake.reason,
  round(extract(epoch FROM wake.started_at - wake.slot), 1) AS late_s, shorten(instance.host, 12) AS host,
  round(extract(epoch FROM wake.finished_at - wake.started_at), 1) AS took_s,
  wake.claimed, wake.posted, wake.deferred, wake.failed, wake.unconfirmed
FROM wake_log AS wake JOIN instances AS instance ON instance.id = wake.instance_id
ORDER BY wake.id DESC;
COMMENT ON VIEW wakes IS 'when the queue was searched, why, how late, and with what result; latest first';

CREATE VIEW queue_details AS
SELECT post.id AS post, persona.name AS persona, persona.time_zone, post.due_at, post.ready_at, post.status,
  CASE
    WHEN post.status = 'scheduled' AND persona.held_at IS NOT NULL THEN 'persona held'
    WHEN post.status = 'scheduled' AND post.failure_class IS NOT NULL THEN 'deferred ' || post.attempts || 'x'
    ELSE post.status END AS state,
  coalesce(substring(photo.path FROM '[^/]+$'), photo.url) AS photo, post.caption,
  CASE
    WHEN post.status = 'held' THEN coalesce(post.held_reason, post.failure_cause)
    WHEN post.status = 'scheduled' AND persona.held_at IS NOT NULL THEN persona.held_by || ': ' || persona.held_reason
    WHEN post.status IN ('scheduled', 'unconfirmed') THEN post.failure_cause END AS reason
FROM scheduling_posts AS post
JOIN personas AS persona ON persona.id = post.persona_id
LEFT JOIN photos AS photo ON photo.id = post.photo_id
WHERE post.status = 'scheduled' OR post.status = 'posting' OR post.status = 'held' OR post.status = 'unconfirmed';
COMMENT ON VIEW queue_details IS 'what waits, with complete values, for programs; people read queue';

CREATE VIEW queue AS
SELECT post, shorten(persona, 12) AS persona, local_time(ready_at, time_zone) AS goes_out,
  distance(extract(epoch FROM ready_at - now())::float8) AS "when", state, shorten(photo, 16) AS photo,
  concat_ws(E'\n', nullif(shorten(regexp_replace(caption, '[[:space:]]+', ' ', 'g'), 27), ''), fold(reason,
    27)) AS caption
FROM queue_details
ORDER BY status NOT IN ('unconfirmed', 'posting'), ready_at, post;
COMMENT ON VIEW queue IS
  'what waits, in the order in which it goes out, with the reason under what was deferred or held';

CREATE VIEW due AS
SELECT post.id AS post, shorten(persona.name, 16) AS persona, to_char(post.due_at AT TIME ZONE persona.time_zone,
    'YYYY-MM-DD HH24:MI') AS due, distance(extract(epoch FROM post.due_at - now())::float8) AS "when",
  CASE
    WHEN persona.held_at IS NOT NULL THEN 'the persona is held'
    ELSE coalesce(
      (SELECT CASE
         WHEN claim.claimable_at > now()
           THEN 'the minimum gap ends ' || distance(extract(epoch FROM claim.claimable_at - now())::float8)
         ELSE 'nothing: it goes out at the next wake' END
       FROM next_claims('infinity') AS claim
       WHERE claim.persona_id = post.persona_id),
      'another post of it is being published') END AS waits_for
FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.status = 'scheduled' AND post.ready_at <= now()
ORDER BY post.ready_at, post.id;
COMMENT ON VIEW due IS 'scheduled posts whose time has come, and what each still waits for';

-- Problems ---------------------------------------------------------------------------------------------------------

CREATE VIEW problem_details AS
SELECT 1 AS rank, 'unconfirmed' AS severity, post.id AS post, persona.name AS persona,
  post.publish_requested_at AS since, post.failure_cause AS cause, post.failure_fix AS advice,
  CASE WHEN post.next_attempt_at IS NULL THEN format('SELECT resolve(%s, ''published'', ''ID'');', post.id)
    ELSE format('SELECT explain(%s);', post.id) END AS command
FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.status = 'unconfirmed'
UNION ALL
SELECT 2, 'stopped', NULL, '', min(post.ready_at), 'posts are due and no daemon is running', 'Start it.',
  'systemctl start belfry'
FROM personas AS persona
JOIN LATERAL (
  SELECT waiting.ready_at FROM scheduling_posts AS waiting
  WHERE waiting.persona_id = persona.id AND waiting.status = 'scheduled' ORDER BY waiting.ready_at, waiting.id LIMIT 1
) AS post ON post.ready_at < now() - interval '2 minutes'
WHERE persona.held_at IS NULL AND NOT EXISTS (SELECT FROM publishers)
HAVING count(*) > 0
UNION ALL
SELECT 3, 'failed', post.id, persona.name, post.updated_at, post.failure_cause, post.failure_fix,
  CASE WHEN EXISTS (
      SELECT FROM scheduling_posts AS other
      WHERE other.photo_id = post.photo_id AND other.persona_id = post.persona_id
        AND other.status IN ('scheduled', 'held', 'posting', 'unconfirmed', 'posted'))
    THEN format('SELECT cancel(%s);', post.id) ELSE format('SELECT retry(%s);', post.id) END
FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.status = 'failed'
UNION ALL
SELECT 4, 'held', NULL, persona.name, persona.held_at, persona.held_reason,
  coalesce(persona.held_advice, 'Repair the account, then verify its token.'),
  CASE
    WHEN persona.held_class = 'unknown' THEN format('SELECT release(%L);', persona.name)
    WHEN EXISTS (
      SELECT FROM sealed_credentials AS token WHERE token.persona_id = persona.id AND token.name = 'access_token')
      THEN 'belfry credentials verify ' || persona.name
    ELSE 'belfry credentials set ' || persona.name END
FROM personas AS persona
WHERE persona.held_at IS NOT NULL AND persona.held_class IN ('account', 'unknown')
UNION ALL
SELECT 5, 'no token', NULL, persona.name, persona.created_at, 'posts are queued but there is no access token',
  'Store one on a host that runs belfry.', 'belfry credentials set ' || persona.name
FROM personas AS persona
WHERE persona.held_at IS NULL
  AND EXISTS (SELECT FROM scheduling_posts AS post WHERE post.persona_id = persona.id AND post.status = 'scheduled')
  AND NOT EXISTS (
    SELECT FROM sealed_credentials AS token WHERE token.persona_id = persona.id AND token.name = 'access_token')
UNION ALL
SELECT 6, 'token ends', NULL, persona.name, token.expires_at - interval '7 days',
  CASE WHEN token.expires_at <= now() THEN 'the access token ended ' ELSE 'the access token ends ' END
    || distance(extract(epoch FROM token.expires_at - now())::float8),
  'Log in again and store the new token.', 'belfry credentials set ' || persona.name
FROM sealed_credentials AS token JOIN personas AS persona ON persona.id = token.persona_id
WHERE token.name = 'access_token' AND token.expires_at < now() + interval '7 days'
UNION ALL
SELECT 7, 'deferred', post.id, persona.name, post.updated_at, 'deferred ' || post.attempts || 'x: '
  || post.failure_cause,
  post.failure_fix, format('SELECT retry(%s);', post.id)
FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
WHERE post.status = 'scheduled' AND post.failure_class IS NOT NULL AND post.attempts >= 3
UNION ALL
SELECT 8, 'refused', NULL, '', min(row.received_at), count(*) || ' rows of the inbox were refused',
  'Correct or delete them.', 'SELECT * FROM refused;'
FROM inbox AS row
WHERE row.verdict = 'refused'
HAVING count(*) > 0;
COMMENT ON VIEW problem_details IS
  'what needs an operator, with complete cause, advice and command, for programs; people read problems';

CREATE VIEW refused AS
SELECT id, shorten(persona, 14) AS persona, shorten(photo, 20) AS photo, fold(answer, 28) AS why, fold(hint, 36) AS hint
FROM inbox
WHERE verdict = 'refused'
ORDER BY id;
COMMENT ON VIEW refused IS 'rows of the inbox that were refused: correct them with UPDATE inbox, or delete them';

CREATE VIEW problems AS
SELECT severity, concat_ws(' ', '#' || post, nullif(shorten(persona, 12), '')) AS subject,
  to_char(since, 'MM-DD HH24:MI') AS since, fold(cause || coalesce(E'\n' || advice, ''), 33) AS cause, command
FROM problem_details
ORDER BY rank, problem_details.since, post;
COMMENT ON VIEW problems IS
  'what needs an operator, worst first: since when, the cause with advice, and the command to run';

-- One post's life -----------------------------------------------------------------------------------------------------

CREATE FUNCTION step_text(name text, phase text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(
    CASE name || ' ' || phase
      WHEN 'CreatePostRecord completed' THEN 'row created'
      WHEN 'GeneratePublicPhotoURL completed' THEN 'public URL ready'
      WHEN 'GeneratePublicPhotoURL compensated' THEN 'public URL withdrawn'
      WHEN 'CreateMediaContainer completed' THEN 'container created'
      WHEN 'AwaitMediaContainer completed' THEN 'container finished'
      WHEN 'PublishMediaContainer started' THEN 'publishing requested'
      WHEN 'PublishMediaContainer completed' THEN 'published'
      WHEN 'PublishMediaContainer unknown' THEN 'published or not: the answer was lost'
      WHEN 'UpdatePostWithInstagramID completed' THEN 'recorded'
    END, name || ' ' || phase);
COMMENT ON FUNCTION step_text(text, text) IS 'a step of the pipeline in words';

CREATE VIEW post_timeline AS
SELECT life.post_id AS post, to_char(life.at, 'YYYY-MM-DD HH24:MI:SS.MS') AS at, life.event
FROM (
  SELECT log.subject_id AS post_id, log.at, 1 AS part,
    fold(CASE
      WHEN log.operation = 'insert' THEN 'queued by '
      WHEN log.operation = 'delete' THEN 'deleted by '
      WHEN log.new ->> 'status' = 'held' THEN 'held by '
      WHEN log.old ->> 'status' = 'held' AND log.new ->> 'status' = 'scheduled' THEN 'released by '
      WHEN log.new ->> 'status' = 'cancelled' THEN 'cancelled by '
      WHEN log.old ->> 'status' = 'unconfirmed' THEN 'resolved by '
      WHEN log.old ->> 'status' = 'failed' THEN 'retried by '
      WHEN log.old ->> 'status' = 'draft' THEN 'scheduled by '
      WHEN log.new ? 'scheduled_at' THEN 'moved by '
      ELSE 'changed by ' END || log.db_user || ' (' || log.application || ')'
      || coalesce(': ' || change_text(log.old, log.new), ''), 76) AS event
  FROM audit_log AS log
  WHERE log.subject = 'post'
    -- What a daemon does to the row while it publishes is below, as steps.
    AND 'posting' IS DISTINCT FROM log.new ->> 'status' AND 'posting' IS DISTINCT FROM log.old ->> 'status'
    AND (log.operation <> 'update' OR log.new ? 'status' OR NOT log.new ? 'provider_post_id')
  UNION ALL
  SELECT run.post_id, run.started_at, 2, 'leased by ' || instance.host || ' (attempt ' || run.attempt || ')'
  FROM post_attempts AS run JOIN instances AS instance ON instance.id = run.instance_id
  UNION ALL
  SELECT step.post_id, step.started_at, 3, 'publishing requested'::text AS event
  FROM post_steps AS step
  WHERE step.kind = 'pivot' AND step.phase <> 'started'
  UNION ALL
  SELECT step.post_id, coalesce(step.finished_at, step.started_at), 4,
    fold(step_text(step.name, step.phase)
      || coalesce(' ' || round(extract(epoch FROM step.finished_at - step.started_at), 1) || ' s', '')
      || coalesce(': ' || step.error, ''), 76)
  FROM post_steps AS step
  UNION ALL
  SELECT run.post_id, run.finished_at, 5,
    fold('attempt ' || run.attempt || ' ' || run.outcome
      || coalesce(' (' || run.failure_class || '): ' || run.failure_cause, ''), 76)
  FROM post_attempts AS run
  WHERE run.finished_at IS NOT NULL
) AS life
ORDER BY life.post_id, life.at, life.part;
COMMENT ON VIEW post_timeline IS
  'the life of a post: SELECT at, event FROM post_timeline WHERE post = 412; what people, daemons and Instagram did';

-- Accounts --------------------------------------------------------------------------------------------------------

CREATE VIEW account_health AS
SELECT shorten(persona.name, 14) AS persona, '@' || shorten(persona.username, 18) AS account,
  CASE
    WHEN persona.held_at IS NOT NULL THEN 'held by ' || shorten(persona.held_by, 10)
    WHEN token.persona_id IS NULL THEN 'no token'
    WHEN token.expires_at <= now() THEN 'token ended'
    WHEN token.expires_at < now() + interval '7 days' THEN 'token ends soon'
    ELSE 'ok' END AS health,
  CASE WHEN token.persona_id IS NULL THEN 'none' WHEN token.expires_at IS NULL THEN 'no end'
    ELSE distance(extract(epoch FROM token.expires_at - now())::float8) END AS token,
  coalesce(distance(extract(epoch FROM token.verified_at - now())::float8), 'never') AS verified,
  coalesce(local_time(persona.last_published_at, persona.time_zone), 'never') AS last_post,
  recent.posted AS "7d ok", recent.failed AS "7d bad"
FROM personas AS persona
LEFT JOIN sealed_credentials AS token ON token.persona_id = persona.id AND token.name = 'access_token'
CROSS JOIN LATERAL (
  SELECT (SELECT count(*) FROM scheduling_posts AS post
          WHERE post.persona_id = persona.id AND post.status = 'posted'
            AND post.posted_at > now() - interval '7 days') AS posted,
    (SELECT count(*) FROM scheduling_posts AS post
     WHERE post.persona_id = persona.id AND post.status = 'failed' AND post.updated_at > now() - interval '7 days')
       AS failed
) AS recent
ORDER BY persona.held_at IS NULL, persona.name;
COMMENT ON VIEW account_health IS
  'each persona''s account: may it publish, how long its token lasts, when it last published';

CREATE VIEW quota_forecast AS
SELECT shorten(persona.name, 16) AS persona, counted.used AS used_24h, quota.total AS "limit",
  coalesce(distance(extract(epoch FROM quota.read_at - now())::float8), 'never') AS asked,
  counted.planned AS planned_24h,
  CASE
    WHEN quota.total IS NULL THEN 'Instagram has not reported the limit yet'
    WHEN counted.used + counted.planned <= quota.total THEN 'fits'
    ELSE 'up to ' || least(counted.planned, counted.used + counted.planned - quota.total)
      || ' will wait for the window' END
    AS forecast
FROM personas AS persona
LEFT JOIN publishing_limits AS quota ON quota.persona_id = persona.id
CROSS JOIN LATERAL (
  SELECT greatest(
      (SELECT count(*) FROM scheduling_posts AS post
       WHERE post.persona_id = persona.id AND post.status = 'posted' AND post.posted_at > now() - interval '24 hours'),
      CASE WHEN quota.read_at > now() - interval '1 hour' THEN quota.used END) AS used,
    (SELECT count(*) FROM scheduling_posts AS post
     WHERE post.persona_id = persona.id AND post.status = 'scheduled' AND post.ready_at < now() + interval
       '24 hours') AS planned
) AS counted
ORDER BY persona.name;
COMMENT ON VIEW quota_forecast IS 'whether what is planned for the next 24 hours fits Instagram''s quota, per persona';

CREATE VIEW runway AS
SELECT shorten(persona.name, 16) AS persona, waiting.posts AS queued,
  coalesce(local_time(waiting.last, persona.time_zone), '-') AS last_post,
  coalesce(distance(extract(epoch FROM waiting.last - now())::float8), 'empty') AS runs_out,
  recent.per_week, stock.photos AS unused_photos
FROM personas AS persona
CROSS JOIN LATERAL (
  SELECT count(*) AS posts, max(post.ready_at) AS last
  FROM scheduling_posts AS post WHERE post.persona_id = persona.id AND post.status = 'scheduled'
) AS waiting
CROSS JOIN LATERAL (
  SELECT round(count(*) / 4.0, 1) AS per_week
  FROM scheduling_posts AS post
  WHERE post.persona_id = persona.id AND post.status = 'posted' AND post.posted_at > now() - interval '28 days'
) AS recent
CROSS JOIN LATERAL (
  SELECT count(*) AS photos FROM photos AS photo
  WHERE photo.persona_id = persona.id AND NOT EXISTS (
    SELECT FROM scheduling_posts AS post
    WHERE post.photo_id = photo.id AND post.persona_id = photo.persona_id
      AND post.status IN ('scheduled', 'held', 'posting', 'unconfirmed', 'posted'))
) AS stock
ORDER BY waiting.last NULLS FIRST, persona.name;
COMMENT ON VIEW runway IS
  'how long each persona''s queue lasts, and how many photos are left; the shortest queue first';

-- Unused photos ----------------------------------------------------------------------------------------------------

CREATE VIEW unused_photos AS
SELECT photo.id, persona.name AS persona, cluster.name AS cluster, photo.score,
  coalesce(substring(photo.path FROM '[^/]+$'), photo.url) AS file
FROM photos AS photo
JOIN personas AS persona ON persona.id = photo.persona_id
LEFT JOIN clusters AS cluster ON cluster.id = photo.cluster_id
WHERE NOT EXISTS (
  SELECT FROM scheduling_posts AS post
  WHERE post.photo_id = photo.id AND post.persona_id = photo.persona_id
    AND post.status IN ('scheduled', 'held', 'posting', 'unconfirmed', 'posted'))
ORDER BY persona.name, photo.score DESC NULLS LAST, photo.id;
COMMENT ON VIEW unused_photos IS 'photos that are in no live post and can be queued, the best of each persona first';
