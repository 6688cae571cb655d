-- The state machine, enforced for every role; times of change; and the bell for the daemons.

-- The one list of transitions. Swift's PostStatus holds the same list; a test compares them.
CREATE FUNCTION scheduling_post_transitions() RETURNS TABLE (from_status text, to_status text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  BEGIN ATOMIC
    VALUES
      ('draft', 'scheduled'), ('draft', 'cancelled'),
      ('scheduled', 'posting'), ('scheduled', 'held'), ('scheduled', 'cancelled'),
      ('held', 'scheduled'),
      ('posting', 'posted'), ('posting', 'scheduled'), ('posting', 'failed'), ('posting', 'unconfirmed'),
      ('unconfirmed', 'posted'), ('unconfirmed', 'scheduled'), ('unconfirmed', 'failed'),
      ('failed', 'scheduled');
  END;
COMMENT ON FUNCTION scheduling_post_transitions() IS 'every change of status that a post may make';

CREATE FUNCTION guard_scheduling_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status IS NULL THEN
      NEW.status := CASE
        WHEN NEW.photo_id IS NOT NULL AND coalesce(NEW.scheduled_at, NEW.optimal_time_calculated) IS NOT NULL
        THEN 'scheduled' ELSE 'draft' END;
    ELSIF NEW.status NOT IN ('draft', 'scheduled', 'posted') THEN
      RAISE EXCEPTION 'a new post cannot be %', quote_literal(NEW.status)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'new_posts_are_drafts_or_scheduled',
          HINT = 'Leave status out: a photo and a time make it scheduled, anything less a draft.';
    END IF;
    IF NEW.status = 'scheduled'
      AND (NEW.photo_id IS NULL OR coalesce(NEW.scheduled_at, NEW.optimal_time_calculated) IS NULL) THEN
      RAISE EXCEPTION 'a scheduled post needs a photo and a time'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'scheduled_means_publishable',
          HINT = 'Set photo_id and scheduled_at, or leave status out to keep it as a draft.';
    END IF;
  ELSE
    IF NEW.status IS DISTINCT FROM OLD.status THEN
      IF NOT EXISTS (
        SELECT FROM scheduling_post_transitions() AS t WHERE t.from_status = OLD.status AND t.to_status = NEW.status
      ) THEN
        RAISE EXCEPTION 'post % is % and cannot become %', OLD.id, OLD.status, coalesce(NEW.status, 'NULL')
          USING ERRCODE = 'check_violation', CONSTRAINT = 'scheduling_post_transitions',
            HINT = coalesce('From ' || OLD.status || ' a post can become ' || (
              SELECT string_agg(t.to_status, ' or ' ORDER BY t.to_status)
              FROM scheduling_post_transitions() AS t WHERE t.from_status = OLD.status) || '.',
              'A post that is ' || OLD.status || ' stays so; insert a new row instead.');
      END IF;
    END IF;
    NEW.updated_at := now();
  END IF;
  IF NEW.kind <> 'image' THEN
    RAISE EXCEPTION 'posts of kind % are not published yet', quote_literal(NEW.kind)
      USING ERRCODE = 'feature_not_supported', HINT = 'Use kind ''image'' with one photo.';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION guard_scheduling_post() IS
  'defaults the status of new posts and refuses impossible changes';
CREATE TRIGGER guard_scheduling_post BEFORE INSERT OR UPDATE ON scheduling_posts
  FOR EACH ROW EXECUTE FUNCTION guard_scheduling_post();

-- The bell: one empty notification for a statement that leaves something to publish. The payload is
-- empty so that PostgreSQL folds the notifications of one transaction into one.
CREATE FUNCTION ring_belfry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed WHERE status = 'scheduled') THEN
    NOTIFY belfry_queue;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION ring_belfry() IS 'tells the daemons that something was queued or moved';
CREATE TRIGGER ring_belfry_on_insert AFTER INSERT ON scheduling_posts
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ring_belfry();
CREATE TRIGGER ring_belfry_on_update AFTER UPDATE ON scheduling_posts
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ring_belfry();

-- Releasing a persona, or loosening its gap, makes posts claimable too.
CREATE FUNCTION ring_belfry_for_persona() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY belfry_queue;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION ring_belfry_for_persona() IS
  'tells the daemons that a persona was released or its gap changed';
CREATE TRIGGER ring_belfry_for_persona AFTER UPDATE OF held_at, minimum_gap ON personas
  FOR EACH STATEMENT EXECUTE FUNCTION ring_belfry_for_persona();

CREATE FUNCTION guard_persona() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone) THEN
    RAISE EXCEPTION 'time zone % is not known', quote_literal(NEW.time_zone)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Use an IANA name such as Europe/Berlin; SELECT name FROM pg_timezone_names lists them.';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION guard_persona() IS 'refuses time zones that PostgreSQL does not know';
CREATE TRIGGER guard_persona BEFORE INSERT OR UPDATE OF time_zone ON personas
  FOR EACH ROW EXECUTE FUNCTION guard_persona();

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION touch_updated_at() IS 'keeps updated_at true';
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON personas FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON clusters FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON photos FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON sealed_credentials FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
