-- History from elsewhere: a post may be inserted in the state in which another program left it, with the
-- proof or the explanation that the constraints of that state demand.

CREATE OR REPLACE FUNCTION guard_scheduling_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status IS NULL THEN
      NEW.status := CASE
        WHEN NEW.photo_id IS NOT NULL AND coalesce(NEW.scheduled_at, NEW.optimal_time_calculated) IS NOT NULL
        THEN 'scheduled' ELSE 'draft' END;
    ELSIF NEW.status NOT IN ('draft', 'scheduled', 'held', 'posted', 'failed', 'unconfirmed') THEN
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
