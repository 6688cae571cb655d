-- What operators do, as functions that answer in one line and may be repeated: hold, release, retry, cancel, move,
-- resolve. The triggers of 0003_rules_for_posts.sql hold the rules; these functions only set the columns.

-- The end of a hold clears its reason, whoever ends it; a new hold gets a name and a reason.
CREATE FUNCTION tidy_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.held_at IS NULL THEN
    NEW.held_by := NULL;
    NEW.held_reason := NULL;
    NEW.held_class := NULL;
    NEW.held_advice := NULL;
  ELSE
    NEW.held_by := coalesce(NEW.held_by, current_user);
    NEW.held_reason := coalesce(NEW.held_reason, 'no reason was given');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION tidy_hold() IS 'keeps held_by, held_reason, held_class and held_advice in step with held_at';
CREATE TRIGGER tidy_hold BEFORE INSERT OR UPDATE OF held_at ON personas FOR EACH ROW EXECUTE FUNCTION tidy_hold();

-- The command belfry acts for the person who runs it, and sets that person's name.
CREATE FUNCTION actor() RETURNS text LANGUAGE sql STABLE
  RETURN coalesce(nullif(current_setting('belfry.actor', true), ''), current_user::text);
COMMENT ON FUNCTION actor() IS
  'who is recorded as the one who held something: the person at the command line, else the role';

CREATE FUNCTION post_to_change(post bigint) RETURNS scheduling_posts LANGUAGE plpgsql VOLATILE
  SET search_path = public, pg_temp AS $$
DECLARE
  found_post scheduling_posts;
BEGIN
  SELECT * INTO found_post FROM scheduling_posts WHERE id = post FOR NO KEY UPDATE;
  IF found_post.id IS NULL THEN
    RAISE EXCEPTION 'there is no post %', coalesce(post::text, 'NULL')
      USING ERRCODE = 'no_data_found', HINT = 'SELECT * FROM queue; lists them.';
  END IF;
  RETURN found_post;
END $$;
COMMENT ON FUNCTION post_to_change(bigint) IS 'the row of a post, locked until the transaction ends';

-- The refusal of a verb that does not apply to the state of the post.
CREATE FUNCTION refuse_verb(post scheduling_posts, verb text) RETURNS void LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'post % is % and cannot be %', post.id, CASE post.status WHEN 'draft' THEN 'a draft'
    ELSE post.status END, verb
    USING ERRCODE = 'check_violation',
      DETAIL = CASE post.status
        WHEN 'draft' THEN 'A draft is not published until it is scheduled.'
        WHEN 'scheduled' THEN 'It waits for its time.'
        WHEN 'posting' THEN 'It is being published.'
        WHEN 'posted' THEN 'It is live.'
        WHEN 'unconfirmed' THEN 'It may be live; there is no proof yet.'
        WHEN 'failed' THEN 'The cause was: ' || post.failure_cause
        WHEN 'held' THEN 'It is held' || coalesce(': ' || post.held_reason, '') || '.'
        ELSE 'It was withdrawn.' END,
      HINT = CASE post.status
        WHEN 'draft' THEN format('Schedule it: SELECT schedule_post(%s, %L);', post.id, 'tomorrow 09:00')
        WHEN 'scheduled' THEN format('SELECT explain(%s); says what it waits for.', post.id)
        WHEN 'posting' THEN format('Wait for the outcome: SELECT explain(%s);', post.id)
        WHEN 'posted' THEN 'Edit or delete it in the Instagram app.'
        WHEN 'unconfirmed' THEN format('Check the account, then SELECT resolve(%s, ''published'', ''MEDIA_ID''); or '
          'SELECT resolve(%s, ''not-published'');', post.id, post.id)
        WHEN 'failed' THEN format('Repair the cause, then SELECT retry(%s); or withdraw it: SELECT cancel(%s);',
          post.id, post.id)
        WHEN 'held' THEN format('SELECT release(%s);', post.id)
        ELSE 'Insert a new row instead.' END;
END $$;
COMMENT ON FUNCTION refuse_verb(scheduling_posts, text) IS
  'says why a verb does not apply to a post, and which does';

-- Hold and release ----------------------------------------------------------------------------------------------------

CREATE FUNCTION hold(post bigint, reason text DEFAULT NULL) RETURNS text LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
BEGIN
  IF this.status NOT IN ('scheduled', 'held') THEN PERFORM refuse_verb(this, 'held'); END IF;
  UPDATE scheduling_posts SET status = 'held', held_reason = coalesce(reason, held_reason)
  WHERE id = post AND (status <> 'held' OR held_reason IS DISTINCT FROM coalesce(reason, held_reason));
  RETURN format('#%s is held%s', post, CASE WHEN this.status = 'held' THEN ' already' ELSE '' END);
END $$;
COMMENT ON FUNCTION hold(bigint, text) IS 'holds a post: SELECT hold(412, ''wait for the client'');';

CREATE FUNCTION hold(persona text, reason text DEFAULT NULL) RETURNS text LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  this personas;
  waiting bigint;
BEGIN
  SELECT * INTO this FROM personas WHERE id = persona_named(persona) FOR NO KEY UPDATE;
  IF this.held_at IS NOT NULL THEN
    RETURN format('%s is held already, since %s by %s: %s', this.name, to_char(this.held_at, 'YYYY-MM-DD HH24:MI'),
      this.held_by, this.held_reason);
  END IF;
  UPDATE personas SET held_at = now(), held_by = actor(), held_reason = coalesce(reason, 'no reason was given')
  WHERE id = this.id;
  SELECT count(*) INTO waiting FROM scheduling_posts WHERE persona_id = this.id AND status = 'scheduled';
  RETURN format('%s is held: %s waiting', this.name, count_posts(waiting));
END $$;
COMMENT ON FUNCTION hold(text, text) IS
  'holds all posts of a persona: SELECT hold(''sarah'', ''account review'');';

CREATE FUNCTION release(post bigint) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
BEGIN
  IF this.status NOT IN ('scheduled', 'held') THEN PERFORM refuse_verb(this, 'released'); END IF;
  UPDATE scheduling_posts SET status = 'scheduled', failure_class = NULL, failure_cause = NULL, failure_fix = NULL
  WHERE id = post AND status = 'held';
  RETURN format('#%s %s: it %s', post, CASE WHEN this.status = 'held' THEN 'is released' ELSE 'is not held' END,
    goes_out(post));
END $$;
COMMENT ON FUNCTION release(bigint) IS 'ends the hold of a post: SELECT release(412);';

CREATE FUNCTION release(persona text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this personas;
  waiting bigint;
  held bigint;
BEGIN
  SELECT * INTO this FROM personas WHERE id = persona_named(persona) FOR NO KEY UPDATE;
  UPDATE personas SET held_at = NULL
  WHERE id = this.id AND held_at IS NOT NULL;
  SELECT count(*) FILTER (WHERE status = 'scheduled'), count(*) FILTER (WHERE status = 'held') INTO waiting, held
  FROM scheduling_posts WHERE persona_id = this.id AND status IN ('scheduled', 'held');
  RETURN format('%s is %s: %s waiting%s', this.name, CASE WHEN this.held_at IS NULL THEN 'not held' ELSE 'released' END,
    count_posts(waiting), CASE WHEN held > 0 THEN format(', %s held by hand', held) ELSE '' END);
END $$;
COMMENT ON FUNCTION release(text) IS 'ends the hold of a persona; posts that are held one by one stay held';

CREATE FUNCTION hold_all(reason text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  held bigint;
  before bigint := (SELECT count(*) FROM personas WHERE held_at IS NOT NULL);
BEGIN
  UPDATE personas SET held_at = now(), held_by = actor(), held_reason = coalesce(reason, 'no reason was given'),
    held_class = 'everything'
  WHERE held_at IS NULL;
  GET DIAGNOSTICS held = ROW_COUNT;
  RETURN format('%s personas are held now, %s were before', held, before);
END $$;
COMMENT ON FUNCTION hold_all(text) IS 'holds everything: SELECT hold_all(''Instagram is down'');';

CREATE FUNCTION release_all() RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  released bigint;
BEGIN
  UPDATE personas SET held_at = NULL
  WHERE held_class = 'everything';
  GET DIAGNOSTICS released = ROW_COUNT;
  RETURN format('%s personas are released%s', released, coalesce((
    SELECT format(', these stay held: %s', string_agg(name, ', ' ORDER BY name))
    FROM personas WHERE held_at IS NOT NULL HAVING count(*) > 0), ''));
END $$;
COMMENT ON FUNCTION release_all() IS 'releases the personas that hold_all() held; other holds stay';

-- Cancel ------------------------------------------------------------------------------------------

CREATE FUNCTION cancel(post bigint) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
BEGIN
  IF this.status = 'cancelled' THEN RETURN format('#%s is cancelled already', post); END IF;
  IF this.status NOT IN ('draft', 'scheduled', 'held', 'failed') THEN PERFORM refuse_verb(this, 'cancelled'); END IF;
  UPDATE scheduling_posts SET status = 'cancelled', next_attempt_at = NULL WHERE id = post;
  RETURN format('#%s is cancelled; its photo can be used again', post);
END $$;
COMMENT ON FUNCTION cancel(bigint) IS 'withdraws a post that did not go out: SELECT cancel(412);';

CREATE FUNCTION cancel(persona text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  owner bigint := persona_named(persona);
  cancelled bigint;
BEGIN
  UPDATE scheduling_posts SET status = 'cancelled', next_attempt_at = NULL
  WHERE persona_id = owner AND status IN ('scheduled', 'held');
  GET DIAGNOSTICS cancelled = ROW_COUNT;
  RETURN format('%s of %s cancelled', count_posts(cancelled), persona);
END $$;
COMMENT ON FUNCTION cancel(text) IS 'withdraws all scheduled and held posts of a persona; drafts stay';

CREATE FUNCTION cancel_all() RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  cancelled bigint;
BEGIN
  UPDATE scheduling_posts SET status = 'cancelled', next_attempt_at = NULL WHERE status IN ('scheduled', 'held');
  GET DIAGNOSTICS cancelled = ROW_COUNT;
  RETURN format('%s cancelled', count_posts(cancelled));
END $$;
COMMENT ON FUNCTION cancel_all() IS 'withdraws every scheduled and held post; drafts stay';

-- Retry and move ----------------------------------------------------------------------------------

CREATE FUNCTION retry(post bigint, at text DEFAULT NULL) RETURNS text LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
BEGIN
  IF this.status NOT IN ('failed', 'scheduled') THEN PERFORM refuse_verb(this, 'retried'); END IF;
  IF this.status = 'scheduled' AND this.failure_class IS NULL AND at IS NULL THEN
    RETURN format('#%s is scheduled already: it %s', post, goes_out(post));
  END IF;
  UPDATE scheduling_posts
  SET status = 'scheduled', next_attempt_at = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL,
    scheduled_at = CASE
      WHEN at IS NOT NULL THEN read_time(at, this.persona_id)
      -- A past time would be late at once, and the late policy might drop the post.
      WHEN this.due_at < now() THEN now()
      ELSE this.scheduled_at END
  WHERE id = post;
  RETURN format('#%s is scheduled again: it %s', post, goes_out(post));
END $$;
COMMENT ON FUNCTION retry(bigint, text) IS
  'tries a failed or deferred post again, now or at a time: SELECT retry(412);';

CREATE FUNCTION retry_where(persona_id bigint) RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this bigint;
  tried bigint := 0;
BEGIN
  FOR this IN
    SELECT post.id FROM scheduling_posts AS post
    WHERE (retry_where.persona_id IS NULL OR post.persona_id = retry_where.persona_id)
      AND (post.status = 'failed' OR post.status = 'scheduled' AND post.failure_class IS NOT NULL)
      -- Another post may have published the photo of a failed post since.
      AND (post.status <> 'failed' OR NOT EXISTS (
        SELECT FROM scheduling_posts AS other
        WHERE other.photo_id = post.photo_id AND other.persona_id = post.persona_id
          AND other.status IN ('scheduled', 'held', 'posting', 'unconfirmed', 'posted')))
    ORDER BY post.id
    FOR NO KEY UPDATE
  LOOP
    PERFORM retry(this);
    tried := tried + 1;
  END LOOP;
  RETURN tried;
END $$;
COMMENT ON FUNCTION retry_where(bigint) IS 'tries all failed and deferred posts again, of one persona or of all';

CREATE FUNCTION retry(persona text) RETURNS text LANGUAGE sql SET search_path = public, pg_temp
  RETURN format('%s of %s scheduled again', count_posts(retry_where(persona_named(persona))), persona);
COMMENT ON FUNCTION retry(text) IS 'tries all failed and deferred posts of a persona again: SELECT retry(''sarah'');';

CREATE FUNCTION retry_all() RETURNS text LANGUAGE sql SET search_path = public, pg_temp
  RETURN format('%s scheduled again', count_posts(retry_where(NULL)));
COMMENT ON FUNCTION retry_all() IS 'tries every failed and deferred post again';

CREATE FUNCTION move(post bigint, at text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
  due timestamptz;
BEGIN
  IF this.status NOT IN ('draft', 'scheduled', 'held') THEN PERFORM refuse_verb(this, 'moved'); END IF;
  due := read_time(at, this.persona_id);
  UPDATE scheduling_posts SET scheduled_at = due WHERE id = post;
  IF this.status = 'scheduled' THEN RETURN format('#%s is moved: it %s', post, goes_out(post)); END IF;
  RETURN format('#%s is moved to %s, and stays %s', post,
    full_local_time(due, (SELECT time_zone FROM personas WHERE id = this.persona_id)),
    CASE this.status WHEN 'draft' THEN 'a draft' ELSE this.status END);
END $$;
COMMENT ON FUNCTION move(bigint, text) IS
  'gives a post another time: SELECT move(412, ''tomorrow 09:00''); or ''next-slot''';

-- Resolve -----------------------------------------------------------------------------------------

CREATE FUNCTION resolve(post bigint, verdict text, media_id text DEFAULT NULL) RETURNS text LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  this scheduling_posts := post_to_change(post);
  owner bigint;
BEGIN
  IF verdict NOT IN ('published', 'not-published') THEN
    RAISE EXCEPTION 'a post is published or not-published, not %', quote_literal(verdict)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = format('SELECT resolve(%s, ''published'', ''MEDIA_ID''); or SELECT resolve(%s, ''not-published'');',
          post, post);
  ELSIF verdict = 'not-published' THEN
    IF media_id IS NOT NULL THEN
      RAISE EXCEPTION 'a post that was not published has no media id'
        USING ERRCODE = 'invalid_parameter_value', HINT = format('SELECT resolve(%s, ''not-published'');', post);
    ELSIF this.status = 'scheduled' THEN
      RETURN format('#%s is scheduled already: it %s', post, goes_out(post));
    ELSIF this.status <> 'unconfirmed' THEN
      PERFORM refuse_verb(this, 'resolved');
    END IF;
    UPDATE scheduling_posts
    SET status = 'scheduled', publish_requested_at = NULL, container_id = NULL, container_created_at = NULL,
      next_attempt_at = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL
    WHERE id = post;
    RETURN format('#%s is scheduled again: it %s', post, goes_out(post));
  END IF;
  IF media_id IS NULL OR media_id !~ '^[0-9_]{1,64}$' THEN
    RAISE EXCEPTION '% is not a media id', coalesce(quote_literal(media_id), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A media id is a number of up to 64 digits, not a link.',
        HINT = format('For example: SELECT resolve(%s, ''published'', ''17895695668004550'');', post);
  ELSIF this.status = 'posted' AND this.provider_post_id = media_id THEN
    RETURN format('#%s is posted as media %s already', post, media_id);
  ELSIF this.status <> 'unconfirmed' THEN
    PERFORM refuse_verb(this, 'resolved');
  END IF;
  SELECT id INTO owner FROM scheduling_posts WHERE provider_post_id = media_id;
  IF FOUND THEN
    RAISE EXCEPTION 'media % belongs to post % already', media_id, owner
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'scheduling_posts_one_row_per_media',
        HINT = format('Compare them: SELECT explain(%s), explain(%s);', post, owner);
  END IF;
  UPDATE scheduling_posts
  SET status = 'posted', provider_post_id = media_id,
    posted_at = coalesce(posted_at, publish_requested_at, clock_timestamp()),
    next_attempt_at = NULL, failure_class = NULL, failure_cause = NULL, failure_fix = NULL
  WHERE id = post;
  RETURN format('#%s is posted as media %s', post, media_id);
END $$;
COMMENT ON FUNCTION resolve(bigint, text, text) IS
  'records what became of an unconfirmed post: SELECT resolve(412, ''published'', ''MEDIA_ID''); or ''not-published''';

