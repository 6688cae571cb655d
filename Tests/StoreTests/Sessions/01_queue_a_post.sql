-- A photo and a time make a post; the answer says when it goes out, in the persona's own time.
INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
VALUES (1, 1, 'Morning light', '2099-12-01 09:00 Europe/Berlin');

-- Anything less is a draft.
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, 'Words first');
INSERT INTO scheduling_posts (persona_id, photo_id) VALUES (1, 2);
INSERT INTO scheduling_posts (persona_id, scheduled_at) VALUES (1, '2099-12-02 09:00');

-- A strategy's time counts when no other is given.
INSERT INTO scheduling_posts (persona_id, photo_id, optimal_time_calculated, strategy_name, hashtags)
VALUES (1, 3, '2099-12-03 18:00 Europe/Berlin', 'thematic_rotation', '{sea,#sun}') RETURNING status, due_at, hashtags;

-- What is due already goes out at once.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 4, now());

-- A draft becomes a post when somebody says so.
SELECT schedule_post(2);
UPDATE scheduling_posts SET photo_id = 5 WHERE id = 2;
SELECT schedule_post(2, '2099-12-04 08:00');
SELECT schedule_post(2, '2099-12-05 08:00');
SELECT schedule_post(999);

-- Who publishes nothing at present is named.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (2, 13, '2099-12-01 07:00 America/Denver');
DELETE FROM sealed_credentials WHERE persona_id = 2;
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (2, 14, '2099-12-02 07:00 America/Denver');
SELECT hold('max', 'account review');
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (2, 15, '2099-12-03 07:00 America/Denver');

-- Many at once get one line.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at)
SELECT 1, n, timestamptz '2099-12-10 09:00 Europe/Berlin' + n * interval '1 day' FROM generate_series(6, 12) AS n;
