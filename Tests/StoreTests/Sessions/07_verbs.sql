-- What operators do. Each answers in one line, and twice is the same as once.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 1, '2099-12-01 09:00 Europe/Berlin'),
  (1, 2, '2099-12-02 09:00 Europe/Berlin'), (2, 13, '2099-12-03 09:00 America/Denver');
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, 'a draft');
INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at) VALUES (1, 3, 'posted', '1789', '2099-01-01 12:00Z');
INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix, scheduled_at)
VALUES (1, 4, 'failed', 'permanent', 'the photo is too wide', 'Crop it.', '2020-01-01');
INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix, scheduled_at, publish_requested_at)
VALUES (1, 5, 'unconfirmed', 'unknown', 'the answer was lost', 'Look at the account.', '2099-01-01', '2099-01-01 10:00Z');

SELECT hold(1, 'ask the client');
SELECT hold(1);
SELECT explain(1);
SELECT release(1);
SELECT release(1);
SELECT hold(4);
SELECT hold(5);
SELECT hold(999);

SELECT hold('sarah', 'account review');
SELECT hold('sarah', 'again');
SELECT explain(1);
SELECT release(1);
SELECT release('sarah');
SELECT release('sarah');
SELECT hold('nobody');

SELECT hold('max', 'holidays');
SELECT hold_all('Instagram is down');
SELECT hold_all('Instagram is down');
SELECT name, held_reason FROM personas ORDER BY name;
SELECT release_all();
SELECT release_all();
SELECT release('max');

SELECT move(1, '2099-12-24 18:00');
SELECT move(1, '2099-12-24 18:00');
SELECT hold(2);
SELECT move(2, '2099-12-25 18:00');
SELECT move(4, '2099-12-26 18:00');
SELECT move(5, '2099-12-26 18:00');
SELECT move(1, 'whenever');

SELECT retry(6, '2099-12-27 09:00');
SELECT retry(6);
SELECT retry(1);
SELECT retry(2);
SELECT retry(7);
SELECT cancel(6);
SELECT cancel(6);
SELECT retry(6);

-- A failed post whose photo went out with another one is withdrawn, not tried again.
INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix, scheduled_at)
VALUES (1, 1, 'failed', 'permanent', 'the photo is too wide', 'Crop it.', '2020-01-01') RETURNING id AS failed \gset
SELECT retry(:failed);
SELECT retry('sarah');
SELECT retry_all();
SELECT severity, subject, command FROM problems ORDER BY subject;
SELECT cancel(:failed);

SELECT explain(7);
SELECT resolve(7, 'perhaps');
SELECT resolve(7, 'published');
SELECT resolve(7, 'published', 'https://www.instagram.com/p/x/');
SELECT resolve(7, 'published', '1789');
SELECT resolve(7, 'not-published', '17');
SELECT resolve(7, 'published', '1790');
SELECT resolve(7, 'published', '1790');
SELECT resolve(7, 'not-published');
SELECT status, provider_post_id, posted_at FROM scheduling_posts WHERE id = 7;
INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix, scheduled_at, publish_requested_at)
VALUES (1, 6, 'unconfirmed', 'unknown', 'the answer was lost', 'Look at the account.', '2099-01-01', '2099-01-01 10:00Z')
RETURNING id AS doubt \gset
SELECT resolve(:doubt, 'not-published');
SELECT resolve(:doubt, 'not-published');
SELECT resolve(1, 'published', '17');

SELECT explain(id) FROM scheduling_posts ORDER BY id;
SELECT preview(1);
UPDATE scheduling_posts SET caption = E'First line\nsecond', hashtags = '{sea,sun}' WHERE id = 1;
SELECT preview(1);
SELECT count(*) FROM preview('sarah', 2);

SELECT cancel('sarah');
SELECT cancel_all();
SELECT cancel_all();
SELECT status, count(*) FROM scheduling_posts GROUP BY status ORDER BY status;

-- A hold that is set by hand is whole, and one that is ended by hand leaves nothing behind.
UPDATE personas SET held_at = now() WHERE name = 'lena' RETURNING held_reason, held_class;
UPDATE personas SET held_at = NULL WHERE name = 'lena' RETURNING held_by, held_reason;
