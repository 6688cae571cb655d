-- An insert with a key that is known inserts nothing, and says what is there.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 1, '2099-12-01 09:00', 'cms-17');
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 1, '2099-12-01 09:00', 'cms-17');
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (2, 13, '2099-12-01 09:00', 'cms-17');
SELECT schedule_post('sarah', 'beach-002.jpg', 'Two', '2099-12-02 09:00', key => 'cms-18');
SELECT schedule_post('sarah', 'beach-002.jpg', 'Two', '2099-12-02 09:00', key => 'cms-18');

-- The key stays known when the post was withdrawn, and goes with its row.
SELECT cancel(1);
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 1, '2099-12-01 09:00', 'cms-17');
UPDATE scheduling_posts SET idempotency_key = 'cms-19' WHERE id = 1;
DELETE FROM scheduling_posts WHERE id = 1;
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 1, '2099-12-01 09:00', 'cms-17');

-- A key of a row that was refused is free.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 1, '2099-12-01 09:00', 'cms-20');
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, idempotency_key) VALUES (1, 3, '2099-12-01 09:00', 'cms-20');
SELECT key FROM post_keys ORDER BY key;
