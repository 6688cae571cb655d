-- Queueing as people say it: a persona's name, a file's name, "tomorrow 09:00", the next free slot; an inbox for
-- COPY that judges each row by itself; keys that make a repeated insert harmless; and an answer in local time.

-- Times, for people ----------------------------------------------------------------------------------------------

CREATE FUNCTION distance(seconds double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN CASE
    WHEN seconds BETWEEN -1 AND 1 THEN 'now'
    ELSE CASE WHEN seconds > 0 THEN 'in ' ELSE '' END
      || CASE
        WHEN abs(seconds) < 90 THEN trunc(abs(seconds)) || ' s'
        WHEN abs(seconds) < 5400 THEN trunc(abs(seconds) / 60) || ' min'
        WHEN abs(seconds) < 172800 THEN round(abs(seconds) / 3600) || ' h'
        ELSE trunc(abs(seconds) / 86400) || ' d' END
      || CASE WHEN seconds > 0 THEN '' ELSE ' ago' END
  END;
COMMENT ON FUNCTION distance(double precision) IS 'in 40 s, in 12 min, in 2 h, 3 d ago, or now';

CREATE FUNCTION local_time(at timestamptz, time_zone text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT
  RETURN CASE (at AT TIME ZONE time_zone)::date - (now() AT TIME ZONE time_zone)::date
    WHEN -1 THEN 'yesterday ' || to_char(at AT TIME ZONE time_zone, 'HH24:MI')
    WHEN 0 THEN 'today ' || to_char(at AT TIME ZONE time_zone, 'HH24:MI')
    WHEN 1 THEN 'tomorrow ' || to_char(at AT TIME ZONE time_zone, 'HH24:MI')
    ELSE to_char(at AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI')
  END;
COMMENT ON FUNCTION local_time(timestamptz, text) IS 'today 17:40, tomorrow 08:05 or 2026-12-01 09:00, in a time zone';

CREATE FUNCTION full_local_time(at timestamptz, time_zone text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT
  RETURN to_char(at AT TIME ZONE time_zone, 'Dy YYYY-MM-DD HH24:MI') || ' ' || time_zone
    || ' (' || distance(extract(epoch FROM at - now())::float8) || ')';
COMMENT ON FUNCTION full_local_time(timestamptz, text) IS 'Tue 2026-12-01 09:00 Europe/Berlin (in 6 d)';

-- Free slots -----------------------------------------------------------------------------------------------------

ALTER TABLE personas ADD COLUMN slots time[] NOT NULL DEFAULT '{09:00,18:00}'
  CONSTRAINT slots_are_times_of_day
  CHECK (cardinality(slots) > 0 AND array_position(slots, NULL) IS NULL AND NOT time '24:00' = ANY (slots));
COMMENT ON COLUMN personas.slots IS
  'local times of day at which posts without a time go out, one post each: next-slot, or a blank time in inbox';

CREATE OR REPLACE FUNCTION guard_persona() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone) THEN
    RAISE EXCEPTION 'time zone % is not known', quote_literal(NEW.time_zone)
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'PostgreSQL knows the zones of the IANA database.',
        HINT = 'Use an IANA name such as Europe/Berlin; SELECT name FROM pg_timezone_names lists them.';
  ELSIF cardinality(NEW.slots) = 0 OR array_position(NEW.slots, NULL) IS NOT NULL OR time '24:00' = ANY (NEW.slots) THEN
    RAISE EXCEPTION 'slots % are not times of day', quote_literal(NEW.slots::text)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'slots_are_times_of_day',
        DETAIL = 'A persona has at least one slot, from 00:00 to 23:59.',
          HINT = 'Write them so: slots = ''{09:00,18:00}''.';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION guard_persona() IS
  'refuses time zones that PostgreSQL does not know, and slots that are no times of day';
DROP TRIGGER guard_persona ON personas;
CREATE TRIGGER guard_persona BEFORE INSERT OR UPDATE OF time_zone, slots ON personas
  FOR EACH ROW EXECUTE FUNCTION guard_persona();

CREATE FUNCTION next_free_slot(persona_id bigint, after timestamptz DEFAULT clock_timestamp()) RETURNS timestamptz
  LANGUAGE sql STABLE SET search_path = public, pg_temp
  BEGIN ATOMIC
    SELECT slot.at
    FROM personas AS persona
    CROSS JOIN LATERAL generate_series(0, 3660) AS day (number)
    CROSS JOIN LATERAL (
      SELECT DISTINCT ((next_free_slot.after AT TIME ZONE persona.time_zone)::date + day.number + slot) AT TIME ZONE
        persona.time_zone
      FROM unnest(persona.slots) AS slot
    ) AS slot (at)
    WHERE persona.id = next_free_slot.persona_id
      AND slot.at > next_free_slot.after
      AND (persona.last_published_at IS NULL OR slot.at >= persona.last_published_at + persona.minimum_gap)
      AND NOT EXISTS (
        SELECT FROM scheduling_posts AS post
        WHERE post.persona_id = persona.id AND post.status IN ('scheduled', 'held', 'posting')
          AND post.due_at > slot.at - greatest(persona.minimum_gap, interval '1 minute')
          AND post.due_at < slot.at + greatest(persona.minimum_gap, interval '1 minute'))
    ORDER BY day.number, slot.at
    LIMIT 1;
  END;
COMMENT ON FUNCTION next_free_slot(bigint, timestamptz) IS
  'the next of a persona''s slots at which, and within its minimum gap of which, nothing is queued';

-- What people write for a time -------------------------------------------------------------------------------------

-- SET TimeZone makes the set_config below end with the function; it is the persona's zone that counts in it.
CREATE FUNCTION read_time(at text, persona_id bigint) RETURNS timestamptz LANGUAGE plpgsql VOLATILE
  SET search_path = public, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' AS $$
DECLARE
  written text := lower(btrim(regexp_replace(at, '[[:space:]]+', ' ', 'g')));
  zone text;
  found timestamptz;
  local timestamp;
  part text[];
  forms constant text := 'Write for example tomorrow 09:00, friday 18:00, +2h, 2026-12-01 09:00, or next-slot.';
BEGIN
  SELECT time_zone INTO STRICT zone FROM personas WHERE id = read_time.persona_id;
  IF written IS NULL OR written IN ('', 'next-slot', 'next slot', 'next') THEN
    -- Two that look for a slot at once take turns: the second sees what the first took.
    PERFORM pg_advisory_xact_lock(hashtextextended('belfry slots', read_time.persona_id));
    found := next_free_slot(read_time.persona_id);
    IF found IS NULL THEN
      RAISE EXCEPTION 'no slot is free within ten years'
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a time, or add to personas.slots.';
    END IF;
    RETURN found;
  END IF;
  IF written = 'now' THEN RETURN clock_timestamp(); END IF;
  PERFORM set_config('TimeZone', zone, true);
  BEGIN
    IF written ~ '^(\+|in )' THEN
      -- Hours are hours; days keep the local time of day.
      found := clock_timestamp() + regexp_replace(written, '^(\+|in) ?', '')::interval;
    ELSIF written ~ '^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$' THEN
      found := current_date + written::time;
      IF found <= clock_timestamp() THEN found := current_date + 1 + written::time; END IF;
    ELSIF written ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^(today|tomorrow)$' THEN
      RAISE EXCEPTION '% is a day without a time', quote_literal(at)
        USING ERRCODE = 'invalid_parameter_value', HINT = format('Add one: %L.', written || ' 09:00');
    ELSIF written ~ '^[0-9]{1,2}[/.][0-9]{1,2}[/.]' THEN
      RAISE EXCEPTION '% can be read in two ways', quote_literal(at)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Write the day as 2026-12-01.';
    ELSE
      part := regexp_match(written, '^(?:next )?(mon|tue|wed|thu|fri|sat|sun)[a-z]* (?:at )?([0-9]{1,2}:[0-9]{2})$');
      IF part IS NOT NULL THEN
        found := current_date
          + (array_position('{mon,tue,wed,thu,fri,sat,sun}'::text[], part[1]) - extract(isodow
            FROM current_date)::int + 7) % 7
          + part[2]::time;
        IF found <= clock_timestamp() THEN found := found + interval '7 days'; END IF;
      ELSE
        found := written::timestamptz;
        local := written::timestamp;
      END IF;
    END IF;
  EXCEPTION WHEN data_exception THEN
    IF SQLERRM LIKE '% is a day without a time' OR SQLERRM LIKE '% can be read in two ways' THEN RAISE; END IF;
    RAISE EXCEPTION '% is not a time', quote_literal(at)
      USING ERRCODE = 'invalid_datetime_format', HINT = forms;
  END;
  IF NOT isfinite(found) THEN
    RAISE EXCEPTION '% is not a time', quote_literal(at) USING ERRCODE = 'invalid_datetime_format', HINT = forms;
  END IF;
  -- A local time that the clocks skip: what PostgreSQL makes of it is an hour that nobody wrote.
  IF local AT TIME ZONE zone = found AND (found AT TIME ZONE zone) <> local THEN
    RAISE EXCEPTION '% does not exist in %: the clocks go forward', quote_literal(at), zone
      USING ERRCODE = 'invalid_datetime_format',
        HINT = format('Write %L.', to_char(found AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'));
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION read_time(text, bigint) IS
  'the moment that a person means: tomorrow 09:00 in the persona''s zone, +2h, next-slot, or any time PostgreSQL reads';

-- Names ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION persona_named(persona text) RETURNS bigint LANGUAGE plpgsql STABLE
  SET search_path = public, pg_temp AS $$
DECLARE
  found bigint;
  wanted text := ltrim(btrim(persona), '@');
BEGIN
  SELECT id INTO found FROM personas WHERE name = wanted;
  IF found IS NULL THEN
    SELECT id INTO found FROM personas WHERE lower(name) = lower(wanted) OR lower(username) = lower(wanted)
    ORDER BY lower(name) = lower(wanted) DESC, id LIMIT 1;
  END IF;
  IF found IS NULL THEN
    RAISE EXCEPTION 'there is no persona %', quote_literal(persona)
      USING ERRCODE = 'no_data_found', HINT = coalesce('There are: '
        || (SELECT string_agg(name, ', ' ORDER BY name) FROM (SELECT name FROM personas ORDER BY name
          LIMIT 20) AS named) || '.',
        format('Make one: INSERT INTO personas (name, instagram_account_id) VALUES (%L, ''ID'');', wanted));
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION persona_named(text) IS 'the id of a persona, by its name or handle';

CREATE FUNCTION photo_named(photo text, persona_id bigint) RETURNS bigint LANGUAGE plpgsql STABLE
  SET search_path = public, pg_temp AS $$
DECLARE
  owner text := (SELECT name FROM personas WHERE id = photo_named.persona_id);
  found bigint[];
BEGIN
  -- A whole path or url first; then the id; then the last part of the path.
  SELECT array_agg(fitting.id ORDER BY fitting.rank, fitting.id) FILTER (WHERE fitting.rank = fitting.best)
  INTO found
  FROM (
    SELECT candidate.id, candidate.rank, min(candidate.rank) OVER () AS best
    FROM (
      SELECT id, CASE WHEN photo IN (path, url) THEN 1 WHEN photo = id::text THEN 2
        WHEN right(path, length(photo) + 1) = '/' || photo THEN 3 END AS rank
      FROM photos WHERE photos.persona_id = photo_named.persona_id
    ) AS candidate
    WHERE candidate.rank IS NOT NULL
  ) AS fitting;
  IF found IS NULL THEN
    RAISE EXCEPTION '% has no photo %', owner, quote_literal(photo)
      USING ERRCODE = 'no_data_found', HINT = format(
        'Register it: INSERT INTO photos (persona_id, path) VALUES (%s, %L); or choose one of unused_photos.',
        persona_id, photo);
  ELSIF cardinality(found) > 1 THEN
    RAISE EXCEPTION '% fits % photos of %', quote_literal(photo), cardinality(found), owner
      USING ERRCODE = 'ambiguous_parameter', HINT = format('Give the whole path, or the id: %s.',
        array_to_string(found[1:10], ' or '));
  END IF;
  RETURN found[1];
END $$;
COMMENT ON FUNCTION photo_named(text, bigint) IS 'the id of a persona''s photo, by path, url, id or file name';

-- Keys: the same insert twice is the same as once --------------------------------------------------------------------

ALTER TABLE scheduling_posts ADD COLUMN idempotency_key text;
COMMENT ON COLUMN scheduling_posts.idempotency_key IS
  'the writer''s own name for the post: an insert with a key that is known inserts nothing';

-- A table of its own rather than an index on the queue: it is as small as its use, and needs no scan of old posts.
CREATE TABLE post_keys (
  key     text   PRIMARY KEY CHECK (key <> ''),
  post_id bigint NOT NULL REFERENCES scheduling_posts ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX post_keys_by_post ON post_keys (post_id);   -- ON DELETE of a post
COMMENT ON TABLE post_keys IS 'idempotency keys of posts; filled by the trigger absorb_repeated_post';

CREATE FUNCTION absorb_repeated_post() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  first record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'the idempotency key of post % does not change', OLD.id
      USING ERRCODE = 'check_violation', HINT = 'Insert a new row with the new key instead.';
  END IF;
  INSERT INTO post_keys (key, post_id) VALUES (NEW.idempotency_key, NEW.id) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN NEW; END IF;
  SELECT post.id, post.persona_id, post.status INTO first
  FROM post_keys JOIN scheduling_posts AS post ON post.id = post_keys.post_id
  WHERE post_keys.key = NEW.idempotency_key;
  IF first.persona_id IS DISTINCT FROM NEW.persona_id THEN
    RAISE EXCEPTION 'key % belongs to post %, which is another persona''s', quote_literal(NEW.idempotency_key), first.id
      USING ERRCODE = 'unique_violation', HINT = 'Begin keys with the persona''s name.';
  END IF;
  RAISE NOTICE 'nothing inserted: key % is post % already, which is %', quote_literal(NEW.idempotency_key), first.id,
    first.status;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION absorb_repeated_post() IS 'turns an insert with a known idempotency key into nothing';
CREATE TRIGGER absorb_repeated_post BEFORE INSERT ON scheduling_posts
  FOR EACH ROW WHEN (NEW.idempotency_key IS NOT NULL) EXECUTE FUNCTION absorb_repeated_post();
CREATE TRIGGER keep_idempotency_key BEFORE UPDATE OF idempotency_key ON scheduling_posts
  FOR EACH ROW WHEN (OLD.idempotency_key IS DISTINCT FROM NEW.idempotency_key) EXECUTE FUNCTION absorb_repeated_post();

-- The answer to an insert -------------------------------------------------------------------------------------------

CREATE FUNCTION warn_about_personas(ids bigint[]) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  this record;
BEGIN
  FOR this IN
    SELECT persona.name, persona.held_at, persona.held_by, persona.held_reason,
      EXISTS (SELECT FROM sealed_credentials AS token
              WHERE token.persona_id = persona.id AND token.name = 'access_token') AS has_token
    FROM personas AS persona
    WHERE persona.id = ANY (ids)
    ORDER BY persona.name
    LIMIT 5
  LOOP
    IF this.held_at IS NOT NULL THEN
      RAISE WARNING '% is held by %: %', this.name, this.held_by, this.held_reason
        USING HINT = format('Its posts wait until somebody says: SELECT release(%L);', this.name);
    ELSIF NOT this.has_token THEN
      RAISE WARNING '% has no access token: its posts wait until it has one', this.name
        USING HINT = format('On a host of Belfry: belfry credentials set %s', this.name);
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION warn_about_personas(bigint[]) IS 'says which personas publish nothing at present, and why';

CREATE FUNCTION announce_posts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  this record;
  total bigint;
BEGIN
  SELECT count(*) INTO total FROM queued WHERE status IN ('draft', 'scheduled', 'held');
  FOR this IN
    SELECT post.id, post.status, post.photo_id, post.due_at, persona.name, persona.time_zone
    FROM queued AS post JOIN personas AS persona ON persona.id = post.persona_id
    WHERE post.status IN ('draft', 'scheduled', 'held') AND total <= 5
    ORDER BY post.id
  LOOP
    IF this.status = 'draft' THEN
      RAISE NOTICE 'post % of % is a draft: it has no %', this.id, this.name,
        CASE WHEN this.photo_id IS NULL AND this.due_at IS NULL THEN 'photo and no time'
          WHEN this.photo_id IS NULL THEN 'photo' WHEN this.due_at IS NULL THEN 'time' ELSE 'order to go out' END;
    ELSIF this.status = 'held' THEN
      RAISE NOTICE 'post % of % is held', this.id, this.name;
    ELSIF this.due_at <= now() THEN
      RAISE NOTICE 'post % of % goes out at once', this.id, this.name;
    ELSE
      RAISE NOTICE 'post % of % goes out %', this.id, this.name, full_local_time(this.due_at, this.time_zone);
    END IF;
  END LOOP;
  IF total > 5 THEN
    SELECT count(*) AS posts, count(DISTINCT persona_id) AS personas, min(due_at) AS first,
      max(due_at) AS last INTO this
    FROM queued WHERE status = 'scheduled';
    RAISE NOTICE '% posts queued for %, from % to %', this.posts,
      CASE this.personas WHEN 1 THEN '1 persona' ELSE this.personas || ' personas' END,
      to_char(this.first, 'YYYY-MM-DD HH24:MI TZ'), to_char(this.last, 'YYYY-MM-DD HH24:MI TZ');
  END IF;
  PERFORM warn_about_personas(ARRAY(SELECT DISTINCT persona_id FROM queued WHERE status = 'scheduled'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION announce_posts() IS 'says after an insert when the posts go out, in their personas'' local time';
CREATE TRIGGER announce_posts AFTER INSERT ON scheduling_posts
  REFERENCING NEW TABLE AS queued FOR EACH STATEMENT EXECUTE FUNCTION announce_posts();

-- schedule_post ------------------------------------------------------------------------------------------------------

CREATE FUNCTION queue_by_name(persona text, photo text, caption text, at text, hashtags text[], key text)
  RETURNS TABLE (post_id bigint, answer text) LANGUAGE plpgsql VOLATILE
  SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  owner bigint := persona_named(persona);
  picture bigint;
  due timestamptz;
  made record;
BEGIN
  SELECT post.id, post.status INTO made
  FROM post_keys JOIN scheduling_posts AS post ON post.id = post_keys.post_id
  WHERE post_keys.key = queue_by_name.key AND post.persona_id = owner;
  IF NOT FOUND THEN
    picture := photo_named(photo, owner);
    due := read_time(at, owner);
    INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at, hashtags, idempotency_key)
    VALUES (owner, picture, coalesce(caption, ''), due, coalesce(hashtags, '{}'), key)
    RETURNING id INTO made;
    IF FOUND THEN
      RETURN QUERY SELECT made.id, format('#%s of %s goes out %s', made.id, name, full_local_time(due, time_zone))
        FROM personas WHERE id = owner;
      RETURN;
    END IF;
    -- Somebody else inserted the same key at this very moment.
    SELECT post.id, post.status INTO made
    FROM post_keys JOIN scheduling_posts AS post ON post.id = post_keys.post_id
    WHERE post_keys.key = queue_by_name.key;
  END IF;
  RETURN QUERY SELECT made.id, format('#%s is %s already, under key %L', made.id, made.status, key);
END $$;
COMMENT ON FUNCTION queue_by_name(text, text, text, text, text[], text) IS
  'what schedule_post and the inbox have in common';

CREATE FUNCTION schedule_post(
  persona text, photo text, caption text DEFAULT '', at text DEFAULT 'next-slot', hashtags text[] DEFAULT '{}',
  key text DEFAULT NULL
) RETURNS text LANGUAGE sql VOLATILE
  -- The answer says what the notice would say.
  SET search_path = public, pg_temp SET client_min_messages = warning
  BEGIN ATOMIC
    SELECT queued.answer
    FROM queue_by_name(
      schedule_post.persona, schedule_post.photo, schedule_post.caption, schedule_post.at, schedule_post.hashtags,
      schedule_post.key) AS queued;
  END;
COMMENT ON FUNCTION schedule_post(text, text, text, text, text[], text) IS
  'queues a post by names: SELECT schedule_post(''sarah'', ''beach-014.jpg'', ''Morning light'', ''tomorrow 09:00'');';

CREATE FUNCTION schedule_post(post bigint, at text DEFAULT 'next-slot') RETURNS text LANGUAGE plpgsql VOLATILE
  SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  this scheduling_posts%ROWTYPE;
  zone text;
BEGIN
  SELECT * INTO this FROM scheduling_posts WHERE id = post FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no post %', post USING ERRCODE = 'no_data_found',
      HINT = 'SELECT * FROM queue; lists them.';
  ELSIF this.status NOT IN ('draft', 'scheduled') THEN
    RAISE EXCEPTION 'post % is %, not a draft', post, this.status
      USING ERRCODE = 'check_violation', HINT = format('SELECT explain(%s); says what can be done.', post);
  END IF;
  UPDATE scheduling_posts SET status = 'scheduled', scheduled_at = read_time(at, this.persona_id)
  WHERE id = post RETURNING * INTO this;
  SELECT time_zone INTO zone FROM personas WHERE id = this.persona_id;
  RETURN format('#%s goes out %s', post, full_local_time(this.scheduled_at, zone));
END $$;
COMMENT ON FUNCTION schedule_post(bigint, text) IS
  'schedules a draft that has a photo: SELECT schedule_post(412, ''friday 09:00'');';

-- The inbox ----------------------------------------------------------------------------------------------------------

CREATE TABLE inbox (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  persona     text,
  photo       text,
  caption     text,
  at          text,
  hashtags    text,
  key         text,
  verdict     text        CHECK (verdict IN ('queued', 'refused')),
  post_id     bigint      REFERENCES scheduling_posts ON DELETE SET NULL,
  answer      text,
  hint        text,
  received_at timestamptz NOT NULL DEFAULT now(),
  received_by text        NOT NULL DEFAULT current_user
);
CREATE INDEX inbox_by_post ON inbox (post_id) WHERE post_id IS NOT NULL;   -- ON DELETE of a post
COMMENT ON TABLE inbox IS
  'posts by the sheet: COPY inbox (persona, photo, caption, at) FROM STDIN CSV HEADER; each row gets a verdict';
COMMENT ON COLUMN inbox.persona IS 'name or handle';
COMMENT ON COLUMN inbox.photo IS 'path, url, id or file name of a registered photo';
COMMENT ON COLUMN inbox.at IS 'a time as read_time() reads it; blank: the next free slot';
COMMENT ON COLUMN inbox.hashtags IS 'separated by blanks or commas, with or without #';
COMMENT ON COLUMN inbox.key IS 'idempotency key: the same sheet twice is the same as once';
COMMENT ON COLUMN inbox.verdict IS 'queued or refused; a refused row that is corrected is judged again';
COMMENT ON COLUMN inbox.answer IS 'when the post goes out, or why it was refused';
COMMENT ON COLUMN inbox.hint IS 'how to correct a refused row';

CREATE FUNCTION judge_inbox_row() RETURNS trigger LANGUAGE plpgsql
  -- One summary for the whole sheet rather than a message for each of its rows.
  SET search_path = public, pg_temp SET client_min_messages = error AS $$
DECLARE
  said text;
  advice text;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.verdict = 'queued' THEN
    RAISE EXCEPTION 'row % of the inbox is post % already', OLD.id, OLD.post_id
      USING ERRCODE = 'check_violation', HINT = 'Change the post itself: UPDATE scheduling_posts SET … WHERE id = '
        || coalesce(OLD.post_id::text, '…') || ';';
  END IF;
  NEW.post_id := NULL;
  NEW.hint := NULL;
  NEW.received_by := current_user;
  BEGIN
    IF NEW.persona IS NULL OR btrim(NEW.persona) = '' THEN
      RAISE EXCEPTION 'the row names no persona' USING HINT = 'Fill the column persona.';
    ELSIF NEW.photo IS NULL OR btrim(NEW.photo) = '' THEN
      RAISE EXCEPTION 'the row names no photo' USING HINT = 'Fill the column photo.';
    END IF;
    SELECT queued.post_id, queued.answer INTO NEW.post_id, NEW.answer
    FROM queue_by_name(btrim(NEW.persona), btrim(NEW.photo), NEW.caption, NEW.at,
      array_remove(regexp_split_to_array(coalesce(NEW.hashtags, ''), '[[:space:],]+'), ''), nullif(btrim(NEW.key), ''))
      AS queued;
    NEW.verdict := 'queued';
  EXCEPTION
    -- What is wrong with the row, not with the database or with who writes.
    WHEN integrity_constraint_violation OR data_exception OR no_data_found OR raise_exception OR ambiguous_parameter
      THEN
      GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
      NEW.verdict := 'refused';
      NEW.answer := said;
      NEW.hint := nullif(advice, '');
  END;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION judge_inbox_row() IS 'queues a row of the inbox, or records why it cannot be';
CREATE TRIGGER judge_inbox_row BEFORE INSERT OR UPDATE OF persona, photo, caption, at, hashtags, key ON inbox
  FOR EACH ROW EXECUTE FUNCTION judge_inbox_row();

CREATE FUNCTION announce_inbox() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  queued bigint;
  refused bigint;
BEGIN
  PERFORM warn_about_personas(ARRAY(
    SELECT DISTINCT post.persona_id FROM judged JOIN scheduling_posts AS post ON post.id = judged.post_id));
  SELECT count(*) FILTER (WHERE verdict = 'queued'), count(*) FILTER (WHERE verdict = 'refused')
  INTO queued, refused FROM judged;
  IF refused > 0 THEN
    RAISE WARNING 'inbox: % queued, % refused', queued, refused
      USING HINT = 'SELECT * FROM refused; says why. Correct them with UPDATE inbox SET … WHERE id = …;';
  ELSIF queued > 0 THEN
    RAISE NOTICE 'inbox: % queued, none refused', queued;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION announce_inbox() IS 'says how many rows of a sheet were queued and refused';
CREATE TRIGGER announce_inbox AFTER INSERT ON inbox
  REFERENCING NEW TABLE AS judged FOR EACH STATEMENT EXECUTE FUNCTION announce_inbox();
CREATE TRIGGER announce_corrected_inbox AFTER UPDATE ON inbox
  REFERENCING NEW TABLE AS judged FOR EACH STATEMENT EXECUTE FUNCTION announce_inbox();
