-- Queueing by names: keys that make a repeated insert harmless, an answer in local time, schedule_post, and an inbox
-- for COPY that accepts or refuses each row by itself.

-- Idempotency keys ---------------------------------------------------------------------------------------------------

-- A table rather than an index on the queue: it holds only keys in use, and building it needs no scan of old posts.
CREATE TABLE post_keys (
  key     text   PRIMARY KEY CHECK (key <> ''),
  post_id bigint NOT NULL REFERENCES scheduling_posts ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX post_keys_by_post ON post_keys (post_id);   -- ON DELETE of a post
COMMENT ON TABLE post_keys IS 'idempotency keys of posts; filled by the trigger absorb_repeated_post';
COMMENT ON COLUMN post_keys.key IS 'the key that the writer chose';
COMMENT ON COLUMN post_keys.post_id IS 'the post';

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
      USING ERRCODE = 'unique_violation', HINT = 'Start keys with the persona''s name.';
  END IF;
  RAISE NOTICE 'nothing inserted: key % already belongs to post %, which is %',
    quote_literal(NEW.idempotency_key), first.id, first.status;
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
        USING HINT = format('Its posts wait until an operator runs: SELECT release(%L);', this.name);
    ELSIF NOT this.has_token THEN
      RAISE WARNING '% has no access token: its posts wait until it has one', this.name
        USING HINT = format('On a host that runs belfry: belfry credentials set %s', this.name);
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION warn_about_personas(bigint[]) IS 'warns of personas that publish nothing at present, and says why';

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
      RAISE NOTICE 'post % of % is a draft: it %', this.id, this.name,
        CASE WHEN this.photo_id IS NULL AND this.due_at IS NULL THEN 'has no photo and no time'
          WHEN this.photo_id IS NULL THEN 'has no photo' WHEN this.due_at IS NULL THEN 'has no time'
          ELSE 'is not scheduled' END;
    ELSIF this.status = 'held' THEN
      RAISE NOTICE 'post % of % is held', this.id, this.name;
    ELSIF this.due_at <= clock_timestamp() THEN
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
    -- Another session inserted the same key at the same time.
    SELECT post.id, post.status INTO made
    FROM post_keys JOIN scheduling_posts AS post ON post.id = post_keys.post_id
    WHERE post_keys.key = queue_by_name.key;
  END IF;
  RETURN QUERY SELECT made.id, format('#%s is %s already, under key %L', made.id, made.status, key);
END $$;
COMMENT ON FUNCTION queue_by_name(text, text, text, text, text[], text) IS
  'queues a post by names, for schedule_post and the inbox';

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
  'posts from a spreadsheet: COPY inbox (persona, photo, caption, at) FROM STDIN CSV HEADER; each row gets a verdict';
COMMENT ON COLUMN inbox.id IS 'number of the row';
COMMENT ON COLUMN inbox.persona IS 'name or handle';
COMMENT ON COLUMN inbox.photo IS 'path, url, id or file name of a registered photo';
COMMENT ON COLUMN inbox.caption IS 'the text under the picture';
COMMENT ON COLUMN inbox.at IS 'a time as read_time() reads it; blank: the next free slot';
COMMENT ON COLUMN inbox.hashtags IS 'separated by blanks or commas, with or without #';
COMMENT ON COLUMN inbox.key IS 'idempotency key: a sheet that is loaded twice queues its posts once';
COMMENT ON COLUMN inbox.verdict IS 'queued or refused; a refused row is checked again when it is corrected';
COMMENT ON COLUMN inbox.post_id IS 'the post that the row became';
COMMENT ON COLUMN inbox.answer IS 'when the post goes out, or why it was refused';
COMMENT ON COLUMN inbox.hint IS 'how to correct a refused row';
COMMENT ON COLUMN inbox.received_at IS 'when the row was loaded; the same time for all rows of a sheet';
COMMENT ON COLUMN inbox.received_by IS 'the role that wrote it';

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
      RAISE EXCEPTION 'the row names no persona' USING HINT = 'Fill in the column persona.';
    ELSIF NEW.photo IS NULL OR btrim(NEW.photo) = '' THEN
      RAISE EXCEPTION 'the row names no photo' USING HINT = 'Fill in the column photo.';
    END IF;
    SELECT queued.post_id, queued.answer INTO NEW.post_id, NEW.answer
    FROM queue_by_name(btrim(NEW.persona), btrim(NEW.photo), NEW.caption, NEW.at,
      array_remove(regexp_split_to_array(coalesce(NEW.hashtags, ''), '[[:space:],]+'), ''), nullif(btrim(NEW.key), ''))
      AS queued;
    NEW.verdict := 'queued';
  EXCEPTION
    -- Faults of the row only; faults of the database and missing privileges are raised.
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
