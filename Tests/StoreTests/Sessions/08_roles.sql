-- What each role may, and what it may not, whoever logs in with it.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption) VALUES (1, 1, '2099-12-01 09:00', 'One');
INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix, scheduled_at, publish_requested_at)
VALUES (1, 5, 'unconfirmed', 'unknown', 'the answer was lost', 'Look at the account.', '2099-01-01', '2099-01-01 10:00Z');

-- belfry_reader looks at everything but secrets, and changes nothing.
SET ROLE belfry_reader;
SELECT count(*) FROM queue;
SELECT count(*) FROM problems;
SELECT count(*) FROM account_health;
SELECT count(*) FROM post_timeline;
SELECT count(*) FROM audit;
SELECT persona_id, name, expires_at FROM sealed_credentials;
SELECT explain(1) IS NOT NULL, preview(1) IS NOT NULL;
SELECT sealed FROM sealed_credentials;
SELECT * FROM sealed_credentials;
SELECT input FROM post_steps;
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, 'x');
UPDATE scheduling_posts SET caption = 'x';
DELETE FROM scheduling_posts;
SELECT hold(1);
SELECT schedule_post('sarah', 'beach-002.jpg');
INSERT INTO inbox (persona, photo) VALUES ('sarah', 'beach-002.jpg');
SELECT nextval('lease_tokens');
TRUNCATE audit_log;

-- belfry_writer queues, edits what waits and withdraws; results are out of its reach.
SET ROLE belfry_writer;
SELECT schedule_post('sarah', 'beach-002.jpg', 'Two', '2099-12-02 09:00', '{sea}', 'key-2');
INSERT INTO photos (persona_id, path) VALUES (1, 'new.jpg') RETURNING path;
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption, idempotency_key) VALUES (1, 3, '2099-12-03 09:00', 'Three', 'key-3');
COPY inbox (persona, photo, caption, at) FROM STDIN CSV;
sarah,beach-004.jpg,Four,2099-12-04 09:00
sarah,nowhere.jpg,Five,2099-12-05 09:00
\.
UPDATE inbox SET photo = 'beach-006.jpg' WHERE verdict = 'refused';
SELECT verdict, received_by FROM inbox ORDER BY id;
UPDATE scheduling_posts SET caption = 'Better', scheduled_at = '2099-12-02 10:00' WHERE id = 1;
SELECT move(1, '2099-12-07 09:00');
SELECT cancel(1);
UPDATE scheduling_posts SET status = 'posted' WHERE idempotency_key = 'key-2';
UPDATE scheduling_posts SET provider_post_id = '17' WHERE idempotency_key = 'key-2';
UPDATE scheduling_posts SET publish_requested_at = NULL WHERE id = 2;
UPDATE scheduling_posts SET status = 'scheduled' WHERE id = 2;
UPDATE scheduling_posts SET status = 'failed' WHERE id = 2;
UPDATE scheduling_posts SET status = 'posting' WHERE idempotency_key = 'key-2';
INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at) VALUES (1, 7, 'posted', '17', now());
INSERT INTO scheduling_posts (persona_id, photo_id, status, scheduled_at) VALUES (1, 7, 'failed', now());
INSERT INTO inbox (persona, photo, verdict, post_id) VALUES ('sarah', 'beach-007.jpg', 'queued', 2);
DELETE FROM scheduling_posts WHERE id = 1;
SELECT hold('sarah');
SELECT resolve(2, 'not-published');
UPDATE personas SET held_at = NULL;
INSERT INTO audit_log (db_user, operation, subject, subject_id) VALUES ('tim', 'update', 'post', 1);
SELECT sealed FROM sealed_credentials;

-- belfry_operator acts, and cannot publish, forge the past, or read a secret.
SET ROLE belfry_operator;
SELECT hold('sarah', 'account review');
SELECT release('sarah');
SELECT hold(id), release(id), retry(id) FROM scheduling_posts WHERE idempotency_key = 'key-3';
SELECT resolve(2, 'published', '1790');
SELECT hold_all('x'), release_all(), retry_all();
INSERT INTO personas (name, instagram_account_id) VALUES ('new', '42') RETURNING name;
UPDATE personas SET late_policy = 'reslot', slots = '{10:00}' WHERE name = 'new';
UPDATE scheduling_posts SET provider_post_id = '17' WHERE idempotency_key = 'key-3';
UPDATE scheduling_posts SET lease_token = 1, lease_instance_id = 1, status = 'posting' WHERE idempotency_key = 'key-3';
UPDATE scheduling_posts SET attempts = 0;
INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease) VALUES ('h', 'b', 'u', 1, 1, 'run', '1', '1 min');
DELETE FROM audit_log;
UPDATE schema_migrations SET checksum = '';
SELECT sealed FROM sealed_credentials;
DELETE FROM scheduling_posts WHERE id = 1;

-- belfry_daemon publishes, and leaves the schema, the migrations and the audit trail alone.
SET ROLE belfry_daemon;
INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease) VALUES ('h', 'b', 'u', 1, 1, 'run', '1', '1 min');
SELECT nextval('lease_tokens') > 0 AS token, count(sealed) AS sealed FROM sealed_credentials;
ALTER TABLE scheduling_posts DISABLE TRIGGER ALL;
DROP TABLE inbox;
CREATE TABLE mine (id int);
DELETE FROM audit_log;
UPDATE audit_log SET db_user = 'tim';
UPDATE schema_migrations SET checksum = '';
SELECT grant_belfry_roles();

-- Nobody can log in as one of them, and who holds none of them sees nothing.
RESET ROLE;
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole FROM pg_roles
WHERE rolname IN ('belfry_reader', 'belfry_writer', 'belfry_operator', 'belfry_daemon') ORDER BY rolname;
CREATE ROLE stranger;
SET ROLE stranger;
SELECT count(*) FROM queue;
SELECT count(*) FROM personas;
SELECT hold(1);
RESET ROLE;
DROP ROLE stranger;
