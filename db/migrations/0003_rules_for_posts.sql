-- The rules for posts, for every role and every program. What Instagram would refuse when a post is due is refused when
-- the post is queued, with the repair in the hint; the state machine is enforced; and results cannot be edited.

-- The state machine -----------------------------------------------------------------------------------------------

-- The one list of transitions. Swift's PostStatus holds the same list; a test compares them. A post that was not
-- published can be cancelled in every state in which it waits, failed included: a post that is no longer wanted must
-- not stay among the problems.
CREATE FUNCTION scheduling_post_transitions() RETURNS TABLE (from_status text, to_status text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  BEGIN ATOMIC
    VALUES
      ('draft', 'scheduled'), ('draft', 'cancelled'),
      ('scheduled', 'posting'), ('scheduled', 'held'), ('scheduled', 'cancelled'),
      ('held', 'scheduled'), ('held', 'cancelled'),
      ('posting', 'posted'), ('posting', 'scheduled'), ('posting', 'failed'), ('posting', 'unconfirmed'),
      ('unconfirmed', 'posted'), ('unconfirmed', 'scheduled'), ('unconfirmed', 'failed'),
      ('failed', 'scheduled'), ('failed', 'cancelled');
  END;
COMMENT ON FUNCTION scheduling_post_transitions() IS 'every change of status that a post may make';

-- The limits of Instagram -----------------------------------------------------------------------------------------

-- Checks return a refusal or NULL, and the trigger raises it, so that psql prints one line of context after the message
-- and not a stack of calls.
CREATE TYPE refusal AS (state text, rule text, message text, detail text, hint text);
COMMENT ON TYPE refusal IS 'why something is not accepted, and the value or statement that repairs it';

CREATE FUNCTION some_of(words text[], at_most integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN array_to_string(words[1:at_most], ', ')
    || CASE WHEN cardinality(words) > at_most THEN format(' and %s more', cardinality(words) - at_most) ELSE '' END;
COMMENT ON FUNCTION some_of(text[], integer) IS 'the first words of a list, and how many more there are';

CREATE FUNCTION check_caption(caption text, hashtags text[]) RETURNS refusal LANGUAGE plpgsql STABLE
  SET search_path = public, pg_temp AS $$
DECLARE
  content text := published_caption(caption, hashtags);
  units integer := utf16_length(content);
  tags text[] := marked_words(content, '#');
  mentions text[] := marked_words(content, '@');
  faulty text := (SELECT tag FROM unnest(hashtags) AS tag WHERE ltrim(btrim(tag), '#') ~ '[[:space:]#]' LIMIT 1);
  rule constant text := 'captions_fit_instagram';
BEGIN
  IF faulty IS NOT NULL THEN
    RETURN ('23514', 'hashtags_are_single_words', format('%L is not one hashtag', faulty),
      'An element of hashtags is one word, with or without # before it.',
      format('Write %L.', array_remove(regexp_split_to_array(btrim(faulty, ' #'), '[[:space:]#]+'), '')))::refusal;
  ELSIF units > 2200 THEN
    RETURN ('23514', rule, format('the caption has %s characters, %s too many', units, units - 2200),
      'Instagram takes 2,200, counted in UTF-16: an emoji is two or more. Those in the column hashtags count, too.',
      CASE WHEN units - 2200 < length(caption)
        THEN format('Shorten it: left(caption, %s).', length(caption) - (units - 2200))
        ELSE 'Remove some of the column hashtags.' END)::refusal;
  ELSIF cardinality(tags) > 30 THEN
    RETURN ('23514', rule, format('the caption has %s hashtags, %s too many', cardinality(tags),
      cardinality(tags) - 30),
      'Instagram takes 30. Those in the caption and those in the column hashtags count together.',
      format('Remove %s.', some_of(tags[31:], 5)))::refusal;
  ELSIF cardinality(mentions) > 20 THEN
    RETURN ('23514', rule, format('the caption mentions %s accounts, %s too many', cardinality(mentions),
        cardinality(mentions) - 20),
      'Instagram takes 20.', format('Remove %s.', some_of(mentions[21:], 5)))::refusal;
  END IF;
  IF cardinality(tags) > 5 THEN
    RAISE WARNING 'the caption has % hashtags; Instagram is reducing the number that it shows to 5',
      cardinality(tags)
      USING HINT = 'Keep the five that matter most; up to 30 are still accepted.';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION check_caption(text, text[]) IS
  'refuses a caption that Instagram would refuse, and says what to remove';

CREATE FUNCTION guard_photo() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF utf16_length(NEW.alt_text) > 1000 THEN
    RAISE EXCEPTION 'the alternative text has % characters, % too many', utf16_length(NEW.alt_text),
        utf16_length(NEW.alt_text) - 1000
      USING ERRCODE = 'check_violation', CONSTRAINT = 'alt_texts_fit_instagram',
        DETAIL = 'Instagram takes 1,000, counted in UTF-16: an emoji is two or more.',
        HINT = format('Shorten it: left(alt_text, %s).',
          length(NEW.alt_text) - (utf16_length(NEW.alt_text) - 1000));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION guard_photo() IS 'refuses an alternative text that Instagram would refuse';
CREATE TRIGGER guard_photo BEFORE INSERT OR UPDATE OF alt_text ON photos
  FOR EACH ROW EXECUTE FUNCTION guard_photo();

-- New posts ----------------------------------------------------------------------------------------------------

CREATE FUNCTION check_photo_of_post(post_id bigint, persona_id bigint, photo_id bigint, status text) RETURNS refusal
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  photo record;
  owner text := (SELECT name FROM personas WHERE id = check_photo_of_post.persona_id);
  other record;
  choice text := format('SELECT id, file FROM unused_photos WHERE persona = %L;', owner);
BEGIN
  IF owner IS NULL THEN
    RETURN ('23503', 'scheduling_posts_persona_id_fkey', format('there is no persona %s', persona_id),
      'A post belongs to a persona.', 'Look them up: SELECT id, name FROM personas;')::refusal;
  ELSIF photo_id IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT photos.persona_id, personas.name AS owner INTO photo
  FROM photos JOIN personas ON personas.id = photos.persona_id WHERE photos.id = check_photo_of_post.photo_id;
  IF NOT FOUND THEN
    RETURN ('23503', 'scheduling_posts_photo_id_persona_id_fkey', format('there is no photo %s', photo_id),
      'A photo is registered before it is posted.', 'Choose one: ' || choice)::refusal;
  ELSIF photo.persona_id <> check_photo_of_post.persona_id THEN
    RETURN ('23503', 'scheduling_posts_photo_id_persona_id_fkey',
      format('photo %s belongs to %s, not to %s', photo_id, photo.owner, owner),
      'A persona posts its own photos only.', format('Choose one of %s: %s', owner, choice))::refusal;
  ELSIF status NOT IN ('draft', 'scheduled', 'held') THEN
    RETURN NULL;
  END IF;
  SELECT post.id, post.status INTO other
  FROM scheduling_posts AS post
  WHERE post.photo_id = check_photo_of_post.photo_id AND post.persona_id = check_photo_of_post.persona_id
    AND post.status IN ('scheduled', 'held', 'posting', 'unconfirmed', 'posted')
    AND post.id <> check_photo_of_post.post_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN ('23505', 'scheduling_posts_one_live_post_per_photo',
    format('photo %s is in post %s already, which is %s', photo_id, other.id, other.status),
    'A photo is in one live post of a persona at most; drafts, failed and cancelled posts do not count.',
    CASE WHEN other.status IN ('scheduled', 'held')
      THEN format('Withdraw that one, SELECT cancel(%s); or choose another photo: %s', other.id, choice)
      ELSE 'Choose another photo: ' || choice END)::refusal;
END $$;
COMMENT ON FUNCTION check_photo_of_post(bigint, bigint, bigint, text) IS
  'refuses a photo that is not there, of another persona, or in another live post';

CREATE FUNCTION check_time_of_post(due timestamptz) RETURNS refusal LANGUAGE sql STABLE
  SET search_path = public, pg_temp
  RETURN CASE WHEN NOT isfinite(due) THEN
    ('23514', 'times_are_not_long_past', format('the time %s is not finite', due),
      'A post is published at a certain time.',
      'Leave the time out to keep the post as a draft.')::refusal
  WHEN due < now() - interval '7 days' THEN
    ('23514', 'times_are_not_long_past',
      format('the time %s is %s days in the past', to_char(due, 'YYYY-MM-DD HH24:MI TZ'), extract(day
        FROM now() - due)),
      'A post may be up to seven days late; an earlier time is treated as a mistake.',
      format('To publish at once, write now(); for the same time of day, %L.',
        to_char(CASE WHEN due::time > now()::time THEN current_date ELSE current_date + 1 END + due::time,
          'YYYY-MM-DD HH24:MI')))::refusal END;
COMMENT ON FUNCTION check_time_of_post(timestamptz) IS
  'refuses a time more than seven days ago: that is a mistake and not a late post';

CREATE FUNCTION check_is_publishable(photo_id bigint, due timestamptz, post_id bigint) RETURNS refusal
  LANGUAGE sql IMMUTABLE
  SET search_path = public, pg_temp
  RETURN CASE WHEN photo_id IS NULL OR due IS NULL THEN
    ('23514', 'scheduled_means_publishable', 'a scheduled post needs a photo and a time',
      CASE WHEN photo_id IS NOT NULL THEN 'It has no time.' WHEN due IS NOT NULL THEN 'It has no photo.'
        ELSE 'It has neither.' END,
      CASE WHEN post_id IS NULL THEN 'Set photo_id and scheduled_at, or leave status out to keep it as a draft.'
        WHEN photo_id IS NULL THEN format('Give it one: UPDATE scheduling_posts SET photo_id = … WHERE id = %s;',
          post_id)
        ELSE format('SELECT schedule_post(%s, %L);', post_id, 'tomorrow 09:00') END)::refusal END;
COMMENT ON FUNCTION check_is_publishable(bigint, timestamptz, bigint) IS
  'refuses to schedule what has no photo or no time';

CREATE FUNCTION guard_new_post() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  due timestamptz := coalesce(NEW.scheduled_at, NEW.optimal_time_calculated);
  wrong refusal;
BEGIN
  IF NEW.kind <> 'image' THEN
    RAISE EXCEPTION 'posts of kind % are not published yet', quote_literal(NEW.kind)
      USING ERRCODE = 'feature_not_supported', DETAIL = 'Carousels, reels and stories are reserved for later.',
        HINT = 'Use kind ''image'' with one photo.';
  END IF;
  IF NEW.status IS NULL THEN
    NEW.status := CASE WHEN NEW.photo_id IS NOT NULL AND due IS NOT NULL THEN 'scheduled' ELSE 'draft' END;
  END IF;
  IF NEW.status NOT IN ('draft', 'scheduled', 'held', 'posted', 'failed', 'unconfirmed')
    OR NEW.status = 'failed' AND num_nulls(NEW.failure_class, NEW.failure_cause, NEW.failure_fix) > 0
    OR NEW.status = 'unconfirmed' AND num_nulls(NEW.publish_requested_at, NEW.failure_cause, NEW.failure_fix) > 0
  THEN
    RAISE EXCEPTION 'a new post cannot be %', quote_literal(NEW.status)
      USING ERRCODE = 'check_violation', CONSTRAINT = CASE NEW.status WHEN 'failed' THEN 'failed_means_explained'
          WHEN 'unconfirmed' THEN 'unconfirmed_means_explained' ELSE 'new_posts_are_drafts_or_scheduled' END,
        DETAIL = 'A post from elsewhere may be recorded as posted with its media id and time, or as failed or '
          'unconfirmed with its explanation.',
        HINT = 'Leave status out: a photo and a time make it scheduled, anything less a draft.';
  END IF;
  IF NEW.status = 'posted' AND num_nulls(NEW.provider_post_id, NEW.posted_at) > 0 THEN
    RAISE EXCEPTION 'a posted post needs the media id and the time at which it went live'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_means_proven',
        DETAIL = 'Without them there is no proof that it is live.',
        HINT = 'Leave status out to have it published; set provider_post_id and posted_at if it is live already.';
  ELSIF NEW.status <> 'posted' AND num_nonnulls(NEW.provider_post_id, NEW.posted_at, NEW.permalink) > 0 THEN
    RAISE EXCEPTION 'a new post that is % has no media id, permalink or time of publication', NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'results_are_records',
        DETAIL = 'They are written when it is published.',
        HINT = 'Leave provider_post_id, permalink and posted_at out: Belfry fills them in.';
  END IF;
  IF NEW.status <> 'held' THEN NEW.held_reason := NULL; END IF;
  IF NEW.status IN ('scheduled', 'held') THEN
    wrong := check_is_publishable(NEW.photo_id, due, NULL);
  END IF;
  IF wrong IS NULL THEN wrong := check_photo_of_post(NEW.id, NEW.persona_id, NEW.photo_id, NEW.status); END IF;
  IF wrong IS NULL AND NEW.status IN ('draft', 'scheduled', 'held') THEN
    wrong := check_caption(NEW.caption, NEW.hashtags);
    -- A held post may be past its time; it gets a new one before it is released.
    IF wrong IS NULL AND NEW.status <> 'held' THEN wrong := check_time_of_post(due); END IF;
  END IF;
  IF wrong IS NULL THEN RETURN NEW; END IF;
  RAISE EXCEPTION USING ERRCODE = wrong.state, CONSTRAINT = wrong.rule, MESSAGE = wrong.message, DETAIL = wrong.detail,
    HINT = wrong.hint;
END $$;
COMMENT ON FUNCTION guard_new_post() IS 'sets the status of a new post, and refuses a post that could not be published';
CREATE TRIGGER guard_new_post BEFORE INSERT ON scheduling_posts
  FOR EACH ROW EXECUTE FUNCTION guard_new_post();

-- Changes ------------------------------------------------------------------------------------------------------

CREATE FUNCTION guard_post_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  due timestamptz := coalesce(NEW.scheduled_at, NEW.optimal_time_calculated);
  says_other boolean := (OLD.caption, OLD.hashtags) IS DISTINCT FROM (NEW.caption, NEW.hashtags);
  shows_other boolean := (OLD.persona_id, OLD.photo_id) IS DISTINCT FROM (NEW.persona_id, NEW.photo_id);
  due_otherwise boolean := (OLD.scheduled_at, OLD.optimal_time_calculated)
    IS DISTINCT FROM (NEW.scheduled_at, NEW.optimal_time_calculated);
  wrong refusal;
  is_labelled_otherwise boolean := (OLD.kind, OLD.is_ai_generated) IS DISTINCT FROM (NEW.kind, NEW.is_ai_generated);
BEGIN
  NEW.updated_at := now();
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id of post % does not change', OLD.id
      USING ERRCODE = 'check_violation', DETAIL = 'Attempts, steps and the journal name it.',
        HINT = 'Insert a new row instead.';
  END IF;
  IF NEW.status IS DISTINCT FROM OLD.status AND NOT EXISTS (
    SELECT FROM scheduling_post_transitions() AS t WHERE t.from_status = OLD.status AND t.to_status = NEW.status)
  THEN
    RAISE EXCEPTION 'post % is % and cannot become %', OLD.id, OLD.status, coalesce(NEW.status, 'NULL')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'scheduling_post_transitions',
        DETAIL = 'The states and their changes are in scheduling_post_transitions().',
        HINT = coalesce('From ' || OLD.status || ' a post can become ' || (
          SELECT string_agg(t.to_status, ' or ' ORDER BY t.to_status)
          FROM scheduling_post_transitions() AS t WHERE t.from_status = OLD.status) || '.',
          'A post that is ' || OLD.status || ' stays so; insert a new row instead.');
  END IF;
  -- The constraints of the same names refuse this, too; here the message says what to do instead.
  IF NEW.status <> OLD.status THEN
    IF OLD.status = 'posting' AND num_nonnulls(NEW.lease_token, NEW.lease_instance_id) > 0 THEN
      RAISE EXCEPTION 'post % is being published and is not changed by hand', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'leased_exactly_while_posting',
          DETAIL = 'Its owner writes the outcome; from a dead owner another instance takes the post over within '
            'two minutes.',
          HINT = format('Wait for the outcome: SELECT explain(%s);', OLD.id);
    ELSIF NEW.status = 'posting' AND num_nulls(NEW.lease_token, NEW.lease_instance_id) > 0 THEN
      RAISE EXCEPTION 'post % cannot be published by hand', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'leased_exactly_while_posting',
          DETAIL = 'A post is posting while a daemon has leased it.',
          HINT = format('Publish it now: SELECT move(%s, ''now'');', OLD.id);
    ELSIF NEW.publish_requested_at IS NOT NULL AND NEW.status NOT IN ('posting', 'posted', 'unconfirmed') THEN
      RAISE EXCEPTION 'post % may be live and cannot become %', OLD.id, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_mark_is_never_dropped',
          DETAIL = 'Publishing was requested, and the outcome is not proven.',
          HINT = format('Check the account, then SELECT resolve(%s, ''not-published''); or ''published'' with its '
            'media id.', OLD.id);
    ELSIF NEW.status = 'posted' AND num_nulls(NEW.provider_post_id, NEW.posted_at) > 0 THEN
      RAISE EXCEPTION 'post % needs its media id and the time at which it went live', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_means_proven',
          DETAIL = 'Without them there is no proof that it is live.',
          HINT = format('SELECT resolve(%s, ''published'', ''MEDIA_ID'');', OLD.id);
    END IF;
  END IF;
  IF says_other OR shows_other OR due_otherwise OR is_labelled_otherwise THEN
    IF OLD.status NOT IN ('draft', 'scheduled', 'held', 'failed') THEN
      RAISE EXCEPTION 'post % is % and can no longer be edited', OLD.id, OLD.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'only_what_waits_is_edited',
          DETAIL = CASE OLD.status
            WHEN 'posting' THEN 'It is being published.'
            WHEN 'posted' THEN 'It is live: the row is a record, and editing it would not change the post on Instagram.'
            WHEN 'unconfirmed' THEN 'It may be live with its present content.'
            ELSE 'It was withdrawn.' END,
          HINT = CASE OLD.status
            WHEN 'posting' THEN format('Wait for the outcome: SELECT explain(%s);', OLD.id)
            WHEN 'posted' THEN 'Edit the post in the Instagram app.'
            WHEN 'unconfirmed' THEN format('Resolve it first: SELECT explain(%s); says how.', OLD.id)
            ELSE 'Insert a new row instead.' END;
    END IF;
    IF NEW.kind <> 'image' THEN
      RAISE EXCEPTION 'posts of kind % are not published yet', quote_literal(NEW.kind)
        USING ERRCODE = 'feature_not_supported', DETAIL = 'Carousels, reels and stories are reserved for later.',
          HINT = 'Use kind ''image'' with one photo.';
    END IF;
    IF says_other THEN wrong := check_caption(NEW.caption, NEW.hashtags); END IF;
    IF due_otherwise THEN
      -- A new time ends the old deferral, unless the same change gives a new explanation.
      IF NEW.next_attempt_at IS NOT DISTINCT FROM OLD.next_attempt_at THEN NEW.next_attempt_at := NULL; END IF;
      IF NEW.status IN ('scheduled', 'held') AND NEW.failure_cause IS NOT DISTINCT FROM OLD.failure_cause THEN
        NEW.failure_class := NULL;
        NEW.failure_cause := NULL;
        NEW.failure_fix := NULL;
      END IF;
    END IF;
    IF says_other OR shows_other OR is_labelled_otherwise THEN
      -- A container that was kept for the next try has the old content.
      NEW.container_id := NULL;
      NEW.container_created_at := NULL;
    END IF;
  END IF;
  IF wrong IS NULL AND NEW.status IN ('scheduled', 'held') AND OLD.status <> 'posting' THEN
    wrong := check_is_publishable(NEW.photo_id, due, OLD.id);
  END IF;
  IF wrong IS NULL AND (due_otherwise OR NEW.status = 'scheduled' AND OLD.status IN ('draft', 'held', 'failed')) THEN
    wrong := check_time_of_post(due);
  END IF;
  IF wrong IS NULL AND (shows_other OR NEW.status = 'scheduled' AND OLD.status IN ('draft', 'failed')) THEN
    wrong := check_photo_of_post(NEW.id, NEW.persona_id, NEW.photo_id, NEW.status);
  END IF;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = wrong.state, CONSTRAINT = wrong.rule, MESSAGE = wrong.message,
      DETAIL = wrong.detail,
      HINT = wrong.hint;
  END IF;
  IF (OLD.provider_post_id IS NOT NULL AND NEW.provider_post_id IS DISTINCT FROM OLD.provider_post_id)
    OR (OLD.status = 'posted' AND NEW.posted_at IS DISTINCT FROM OLD.posted_at)
    OR (OLD.status NOT IN ('posting', 'unconfirmed', 'posted')
        AND (OLD.provider_post_id, OLD.posted_at, OLD.permalink, OLD.publish_requested_at)
          IS DISTINCT FROM (NEW.provider_post_id, NEW.posted_at, NEW.permalink, NEW.publish_requested_at))
  THEN
    RAISE EXCEPTION 'the result of post % is a record and cannot be edited', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'results_are_records',
        DETAIL = 'provider_post_id, posted_at, permalink and publish_requested_at are written when it is published.',
        HINT = format('SELECT explain(%s); says what can be done.', OLD.id);
  END IF;
  IF NEW.status <> 'held' THEN NEW.held_reason := NULL; END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION guard_post_change() IS
  'refuses impossible changes of status, edits of posts that are or may be live, and forged results';
-- The columns that change at every step of publishing are left out, so that those updates stay cheap. (A dump restores
-- a comparison of rows in another form, which belfry migrate --verify would report.)
CREATE TRIGGER guard_post_change BEFORE UPDATE ON scheduling_posts
  FOR EACH ROW WHEN (
    OLD.id IS DISTINCT FROM NEW.id OR OLD.status IS DISTINCT FROM NEW.status
    OR OLD.persona_id IS DISTINCT FROM NEW.persona_id OR OLD.photo_id IS DISTINCT FROM NEW.photo_id
    OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.caption IS DISTINCT FROM NEW.caption
    OR OLD.hashtags IS DISTINCT FROM NEW.hashtags OR OLD.is_ai_generated IS DISTINCT FROM NEW.is_ai_generated
    OR OLD.scheduled_at IS DISTINCT FROM NEW.scheduled_at
    OR OLD.optimal_time_calculated IS DISTINCT FROM NEW.optimal_time_calculated
    OR OLD.provider_post_id IS DISTINCT FROM NEW.provider_post_id OR OLD.posted_at IS DISTINCT FROM NEW.posted_at
    OR OLD.permalink IS DISTINCT FROM NEW.permalink
    OR OLD.publish_requested_at IS DISTINCT FROM NEW.publish_requested_at
    OR OLD.cluster_id IS DISTINCT FROM NEW.cluster_id OR OLD.strategy_name IS DISTINCT FROM NEW.strategy_name
    OR OLD.caption_metadata IS DISTINCT FROM NEW.caption_metadata
    OR OLD.held_reason IS DISTINCT FROM NEW.held_reason)
  EXECUTE FUNCTION guard_post_change();

-- A container that was kept for the next try has the old picture and the old description.
CREATE FUNCTION forget_containers_of_photo() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE scheduling_posts SET container_id = NULL, container_created_at = NULL
  WHERE photo_id = NEW.id AND persona_id = NEW.persona_id AND status IN ('scheduled', 'held')
    AND container_id IS NOT NULL;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION forget_containers_of_photo() IS
  'drops containers with the old photo, so that the next try sends the new one';
CREATE TRIGGER forget_containers_of_photo AFTER UPDATE OF path, url, alt_text ON photos
  FOR EACH ROW WHEN (
    OLD.path IS DISTINCT FROM NEW.path OR OLD.url IS DISTINCT FROM NEW.url
    OR OLD.alt_text IS DISTINCT FROM NEW.alt_text)
  EXECUTE FUNCTION forget_containers_of_photo();

-- Deletions --------------------------------------------------------------------------------------------------------

CREATE FUNCTION guard_post_removal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.status IN ('posted', 'unconfirmed') OR OLD.publish_requested_at IS NOT NULL OR OLD.provider_post_id IS NOT NULL
  THEN
    RAISE EXCEPTION 'post % is or may be on Instagram, its row is not deleted', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'live_posts_are_kept',
        DETAIL = 'Without the row Belfry would not know that the photo was published.',
        HINT = 'Keep it; belfry prune removes old history.';
  END IF;
  RETURN OLD;
END $$;
COMMENT ON FUNCTION guard_post_removal() IS 'keeps the rows of posts that are or may be live';
CREATE TRIGGER guard_post_removal BEFORE DELETE ON scheduling_posts
  FOR EACH ROW EXECUTE FUNCTION guard_post_removal();

CREATE FUNCTION refuse_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is a record of what was published and is not truncated', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', DETAIL = 'Without it Belfry would not know what is on Instagram.',
      HINT = 'These can be deleted: DELETE FROM scheduling_posts WHERE status IN (''draft'', ''cancelled'');';
END $$;
COMMENT ON FUNCTION refuse_truncation() IS 'keeps the record of what was published';
CREATE TRIGGER refuse_truncation BEFORE TRUNCATE ON scheduling_posts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncation();
