-- Four roles without login, to be granted to people and programs. Roles belong to the cluster and not to the database:
-- belfry migrate creates them if it may, else a superuser runs db/roles.sql.

CREATE FUNCTION grant_belfry_roles() RETURNS text[] LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  role text;
  missing text[] := '{}';
BEGIN
  FOREACH role IN ARRAY '{belfry_reader,belfry_writer,belfry_operator,belfry_daemon}'::text[] LOOP
    IF to_regrole(role) IS NOT NULL THEN CONTINUE; END IF;
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION
      WHEN insufficient_privilege THEN missing := missing || role;
      WHEN duplicate_object OR unique_violation THEN NULL;   -- The migration of another database was faster.
    END;
  END LOOP;
  IF missing <> '{}' THEN RETURN missing; END IF;

  REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, belfry_reader, belfry_writer, belfry_operator, belfry_daemon;
  REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, belfry_reader, belfry_writer, belfry_operator,
    belfry_daemon;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, belfry_reader, belfry_writer, belfry_operator,
    belfry_daemon;
  GRANT USAGE ON SCHEMA public TO belfry_reader, belfry_writer, belfry_operator, belfry_daemon;

  -- Every role reads everything except sealed tokens and what steps recorded for their repetition.
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO belfry_reader, belfry_writer, belfry_operator, belfry_daemon;
  REVOKE SELECT ON sealed_credentials, post_steps, inbox FROM belfry_reader, belfry_writer, belfry_operator;
  GRANT SELECT (persona_id, name, expires_at, verified_at, created_at, updated_at) ON sealed_credentials
    TO belfry_reader, belfry_writer, belfry_operator;
  GRANT SELECT (post_id, attempt, ordinal, name, kind, phase, error, started_at, finished_at) ON post_steps
    TO belfry_reader, belfry_writer, belfry_operator;
  GRANT SELECT ON inbox TO belfry_writer, belfry_operator;
  GRANT EXECUTE ON FUNCTION
    scheduling_post_transitions(), published_caption(text, text[]), utf16_length(text), marked_words(text, text),
    check_caption(text, text[]), distance(float8), local_time(timestamptz, text), full_local_time(timestamptz, text),
    next_claims(timestamptz), next_free_slot(bigint, timestamptz), persona_named(text), photo_named(text, bigint),
    fold(text, integer), shorten(text, integer), some_of(text[], integer), change_text(jsonb, jsonb),
    step_text(text, text), count_posts(bigint), goes_out(bigint), actor(), acting_role(), explain(bigint),
    preview(bigint), preview(text, integer)
    TO belfry_reader, belfry_writer, belfry_operator, belfry_daemon;

  -- belfry_writer queues posts, edits posts that wait, and withdraws them; it cannot write results.
  GRANT INSERT (persona_id, photo_id, kind, caption, is_ai_generated, status, scheduled_at, cluster_id, strategy_name,
      optimal_time_calculated, hashtags, caption_metadata, idempotency_key) ON scheduling_posts TO belfry_writer,
        belfry_operator;
  GRANT UPDATE (photo_id, caption, is_ai_generated, status, scheduled_at, cluster_id, strategy_name,
      optimal_time_calculated, hashtags, caption_metadata, next_attempt_at) ON scheduling_posts TO belfry_writer,
        belfry_operator;
  GRANT INSERT (persona, photo, caption, at, hashtags, key), UPDATE (persona, photo, caption, at, hashtags, key), DELETE
    ON inbox TO belfry_writer, belfry_operator;
  GRANT INSERT (persona_id, cluster_id, path, url, alt_text, score), UPDATE (cluster_id, path, url, alt_text, score)
    ON photos TO belfry_writer, belfry_operator;
  GRANT INSERT (persona_id, name), UPDATE (name) ON clusters TO belfry_writer, belfry_operator;
  GRANT EXECUTE ON FUNCTION read_time(text, bigint), queue_by_name(text, text, text, text, text[], text),
    schedule_post(text, text, text, text, text[], text), schedule_post(bigint, text), check_photo_of_post(bigint,
      bigint, bigint, text),
    check_time_of_post(timestamptz), check_is_publishable(bigint, timestamptz, bigint), warn_about_personas(bigint[]),
    post_to_change(bigint), refuse_verb(scheduling_posts, text), cancel(bigint), move(bigint, text)
    TO belfry_writer, belfry_operator, belfry_daemon;

  -- belfry_operator acts: on posts, personas and everything.
  GRANT UPDATE (held_reason, failure_class, failure_cause, failure_fix, container_id, container_created_at,
      publish_requested_at, provider_post_id, posted_at, permalink) ON scheduling_posts TO belfry_operator;
  GRANT DELETE ON scheduling_posts TO belfry_operator;
  GRANT INSERT (name, username, instagram_account_id, login, time_zone, minimum_gap, slots, late_policy, late_after,
    app_id),
      UPDATE (name, username, instagram_account_id, login, time_zone, minimum_gap, slots, late_policy, late_after,
        app_id,
        held_at, held_by, held_reason, held_class, held_advice) ON personas TO belfry_operator;
  GRANT EXECUTE ON FUNCTION hold(bigint, text), hold(text, text), release(bigint), release(text), hold_all(text),
    release_all(),
    cancel(text), cancel_all(), retry(bigint, text), retry(text), retry_where(bigint), retry_all(), resolve(bigint,
      text, text)
    TO belfry_operator, belfry_daemon;

  -- belfry_daemon publishes: it has what `belfry run` and the commands on its host need, but cannot change the schema,
  -- the audit trail, or the record of migrations.
  GRANT INSERT, UPDATE, DELETE ON scheduling_posts TO belfry_daemon;
  GRANT INSERT, UPDATE ON personas, photos, clusters, sealed_credentials, instances, post_attempts, post_steps,
    wake_log,
    publishing_limits, inbox TO belfry_daemon;
  GRANT DELETE ON sealed_credentials TO belfry_daemon;
  GRANT USAGE ON SEQUENCE lease_tokens TO belfry_daemon;
  RETURN missing;
END $$;
COMMENT ON FUNCTION grant_belfry_roles() IS
  'creates the four roles, gives each exactly its rights, and returns the roles that it may not create';
