-- Reading what people write: a persona by its name, a photo by its file, "tomorrow 09:00", the next free slot; and
-- answering in words: the state of a post, and what will be sent.

-- Free slots ------------------------------------------------------------------------------------------------------

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
  'the next of a persona''s slots that has no queued post within the minimum gap';

-- What people write for a time -------------------------------------------------------------------------------------

-- SET TimeZone limits the set_config below to this function; inside, the persona's zone applies.
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
    -- Concurrent searches for a slot take turns: the second sees the slot that the first took.
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
  -- PostgreSQL would move a local time that the clocks skip by an hour.
  IF local AT TIME ZONE zone = found AND (found AT TIME ZONE zone) <> local THEN
    RAISE EXCEPTION '% does not exist in %: the clocks go forward', quote_literal(at), zone
      USING ERRCODE = 'invalid_datetime_format',
        HINT = format('Write %L.', to_char(found AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'));
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION read_time(text, bigint) IS
  'the time that a text means: tomorrow 09:00 in the persona''s zone, +2h, next-slot, or any time PostgreSQL reads';

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
      USING ERRCODE = 'no_data_found', HINT = coalesce('The personas are: '
        || (SELECT string_agg(name, ', ' ORDER BY name) FROM (SELECT name FROM personas ORDER BY name
          LIMIT 20) AS named) || '.',
        format('Create one: INSERT INTO personas (name, instagram_account_id) VALUES (%L, ''ID'');', wanted));
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
    RAISE EXCEPTION '% matches % photos of %', quote_literal(photo), cardinality(found), owner
      USING ERRCODE = 'ambiguous_parameter', HINT = format('Give the whole path, or the id: %s.',
        array_to_string(found[1:10], ' or '));
  END IF;
  RETURN found[1];
END $$;
COMMENT ON FUNCTION photo_named(text, bigint) IS 'the id of a persona''s photo, by path, url, id or file name';

-- Answers ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION goes_out(post bigint) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp
  RETURN (
    SELECT CASE
      WHEN persona.held_at IS NOT NULL THEN format('waits until %s is released', persona.name)
      WHEN queued.ready_at <= clock_timestamp() THEN 'goes out at once'
      ELSE 'goes out ' || full_local_time(queued.ready_at, persona.time_zone) END
    FROM scheduling_posts AS queued JOIN personas AS persona ON persona.id = queued.persona_id
    WHERE queued.id = goes_out.post);
COMMENT ON FUNCTION goes_out(bigint) IS 'when a scheduled post goes out, in words';

CREATE FUNCTION count_posts(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE number WHEN 0 THEN 'no post' WHEN 1 THEN '1 post' ELSE number || ' posts' END;
COMMENT ON FUNCTION count_posts(bigint) IS 'no post, 1 post, 14 posts';

CREATE FUNCTION explain(post bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  this record;
  waits text;
BEGIN
  SELECT queued.*, persona.name, persona.time_zone, persona.held_at, persona.held_by,
    persona.held_reason AS persona_reason, instance.host, run.started_at AS leased_at,
    (SELECT name FROM post_steps AS step WHERE step.post_id = queued.id AND step.attempt = queued.attempts
     ORDER BY ordinal DESC LIMIT 1) AS step,
    (SELECT claim.claimable_at FROM next_claims('infinity') AS claim
     WHERE claim.persona_id = queued.persona_id) AS claimable_at,
    EXISTS (SELECT FROM publishers) AS is_served
  INTO this
  FROM scheduling_posts AS queued
  JOIN personas AS persona ON persona.id = queued.persona_id
  LEFT JOIN instances AS instance ON instance.id = queued.lease_instance_id
  LEFT JOIN post_attempts AS run ON run.post_id = queued.id AND run.attempt = queued.attempts
  WHERE queued.id = explain.post;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no post %', coalesce(post::text, 'NULL')
      USING ERRCODE = 'no_data_found', HINT = 'SELECT * FROM queue; lists them.';
  END IF;
  CASE this.status
    WHEN 'draft' THEN
      waits := CASE WHEN this.photo_id IS NULL
        THEN format('is a draft without a photo: UPDATE scheduling_posts SET photo_id = … WHERE id = %s;', post)
        ELSE format('is a draft; schedule it: SELECT schedule_post(%s, ''tomorrow 09:00'');', post) END;
    WHEN 'scheduled' THEN
      waits := CASE
        WHEN this.held_at IS NOT NULL THEN
          format('waits because %s has been held since %s by %s (%s): SELECT release(%L);', this.name,
          local_time(this.held_at, this.time_zone), this.held_by, this.persona_reason, this.name)
        WHEN this.ready_at > now() AND this.failure_class IS NOT NULL THEN
          format('was deferred after %s: %s; next try %s',
          CASE this.attempts WHEN 1 THEN '1 attempt' ELSE this.attempts || ' attempts' END, this.failure_cause,
          full_local_time(this.ready_at, this.time_zone))
        WHEN this.ready_at > now() THEN 'goes out ' || full_local_time(this.ready_at, this.time_zone)
        WHEN NOT this.is_served THEN format('has been due since %s, and no daemon is running: systemctl start belfry',
          local_time(this.ready_at, this.time_zone))
        WHEN this.claimable_at IS NULL
          THEN format('is due and waits for another post of %s that is being published', this.name)
        WHEN this.claimable_at > now() THEN format('is due and waits for the minimum gap of %s, until %s', this.name,
          full_local_time(this.claimable_at, this.time_zone))
        ELSE 'is due and goes out at once' END;
    WHEN 'posting' THEN
      waits := format('is being published by %s since %s (attempt %s%s)', this.host,
        to_char(this.leased_at, 'HH24:MI:SS'),
        this.attempts, coalesce(', ' || this.step, ''));
    WHEN 'posted' THEN
      waits := format('went out %s as media %s%s', full_local_time(this.posted_at, this.time_zone),
        this.provider_post_id,
        coalesce(': ' || this.permalink, ''));
    WHEN 'failed' THEN
      waits := format('failed (%s): %s %s Then SELECT retry(%s);', this.failure_class,
        rtrim(this.failure_cause, '.') || '.',
        this.failure_fix, post);
    WHEN 'unconfirmed' THEN
      waits := format('may be live since %s: %s %s', full_local_time(this.publish_requested_at, this.time_zone),
        rtrim(this.failure_cause, '.') || '.',
        CASE WHEN this.next_attempt_at IS NULL
          THEN format('Check the account, then SELECT resolve(%s, ''published'', ''MEDIA_ID''); or ''not-published''',
            post)
          ELSE 'Belfry asks Instagram again '
            || distance(extract(epoch FROM this.next_attempt_at - now())::float8) END);
    WHEN 'held' THEN
      waits := format('is held%s: SELECT release(%s);',
        coalesce(' (' || coalesce(this.held_reason, this.failure_cause) || ')', ''), post);
    ELSE
      waits := 'is cancelled' || coalesce(': ' || this.failure_cause, '');
  END CASE;
  RETURN format('#%s of %s %s', post, this.name, waits);
END $$;
COMMENT ON FUNCTION explain(bigint) IS 'the state of a post, why, and what happens next: SELECT explain(412);';

CREATE FUNCTION preview(post bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  this record;
BEGIN
  SELECT queued.id, queued.status, queued.due_at, persona.name, persona.time_zone, photo.alt_text,
    coalesce(substring(photo.path FROM '[^/]+$'), photo.url, 'no photo') AS file,
    photo.width, photo.height, published_caption(queued.caption, queued.hashtags) AS content
  INTO this
  FROM scheduling_posts AS queued
  JOIN personas AS persona ON persona.id = queued.persona_id
  LEFT JOIN photos AS photo ON photo.id = queued.photo_id
  WHERE queued.id = preview.post;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no post %', coalesce(post::text, 'NULL')
      USING ERRCODE = 'no_data_found', HINT = 'SELECT * FROM queue; lists them.';
  END IF;
  RETURN rtrim(format('#%s of %s, %s, %s: %s%s, %s, %s characters, hashtags: %s: %s', this.id, this.name, this.status,
    coalesce(full_local_time(this.due_at, this.time_zone), 'no time'), this.file,
    CASE WHEN this.width IS NULL THEN '' ELSE format(' (%s×%s)', this.width, this.height) END,
    CASE WHEN this.alt_text IS NULL THEN 'no alternative text' ELSE 'with alternative text' END,
    utf16_length(this.content), cardinality(marked_words(this.content, '#')),
    regexp_replace(this.content, E'\n', ' ⏎ ', 'g')), ': ');
END $$;
COMMENT ON FUNCTION preview(bigint) IS
  'what Instagram will be sent, the caption with its hashtags included: SELECT preview(412);';

CREATE FUNCTION preview(persona text, posts integer DEFAULT 7) RETURNS SETOF text LANGUAGE sql STABLE
  SET search_path = public, pg_temp
  BEGIN ATOMIC
    SELECT preview(post.id)
    FROM scheduling_posts AS post
    WHERE post.persona_id = persona_named(preview.persona) AND post.status = 'scheduled'
    ORDER BY post.ready_at, post.id
    LIMIT preview.posts;
  END;
COMMENT ON FUNCTION preview(text, integer) IS
  'the next posts of a persona as they will be sent: SELECT preview(''sarah'', 3);';
