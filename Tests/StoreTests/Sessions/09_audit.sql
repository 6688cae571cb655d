-- Every change is there, with who made it, through what, from what, to what.
SET application_name = 'psql of tim';
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption) VALUES (1, 1, '2099-12-01 09:00Z', 'One');
SET ROLE belfry_operator;
SELECT hold(1, 'ask the client');
SELECT release(1);
SELECT move(1, '2099-12-02 09:00 UTC');
UPDATE scheduling_posts SET caption = 'Two' WHERE id = 1;
UPDATE personas SET late_policy = 'drop' WHERE id = 1;
RESET ROLE;
SET application_name = 'belfry credentials set';
UPDATE sealed_credentials SET sealed = '\x01' WHERE persona_id = 1;
UPDATE photos SET alt_text = 'a beach' WHERE id = 1;
UPDATE clusters SET name = 'Ocean' WHERE id = 1;
INSERT INTO scheduling_posts (persona_id) VALUES (1) RETURNING id AS draft \gset
DELETE FROM scheduling_posts WHERE id = :draft;

SELECT db_user = current_user OR db_user = 'belfry_operator' AS known, CASE db_user WHEN 'belfry_operator' THEN db_user ELSE 'me' END AS who,
  login = session_user AS login, application, operation, subject, subject_id, old, new
FROM audit_log WHERE id > (SELECT max(id) FROM audit_log WHERE subject = 'credential' AND operation = 'insert') ORDER BY id;
SELECT count(*) FROM audit_log WHERE old::text || new::text LIKE '%x01%';

-- What changes nothing, and what changes at every step, leaves no trace.
SELECT max(id) AS last FROM audit_log \gset
UPDATE personas SET last_published_at = now() WHERE id = 1;
UPDATE scheduling_posts SET caption = caption WHERE id = 1;
UPDATE scheduling_posts SET container_id = '9', container_created_at = now() WHERE id = 1;
SELECT count(*) FROM audit_log WHERE id > :last;
SELECT event FROM post_timeline WHERE post = 1;
