-- One post without a photo made every photo look used: NOT IN with NULL.
SELECT count(*) AS before FROM unused_photos WHERE persona = 'sarah';
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, 'no photo');
SELECT count(*) AS after FROM unused_photos WHERE persona = 'sarah';
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 1, '2099-12-01 09:00');
SELECT count(*) AS one_less FROM unused_photos WHERE persona = 'sarah';

-- A post with only scheduled_at was never published: either time makes it due.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 2, now() - interval '1 min');
INSERT INTO scheduling_posts (persona_id, photo_id, optimal_time_calculated) VALUES (2, 13, now() - interval '1 min');

-- Only posts of the last hour were considered: a post stays due.
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 3, now() - interval '30 hours');
SELECT post, persona, waits_for FROM due ORDER BY post;

-- The time zone was ignored: nine o'clock is the persona's.
SELECT schedule_post('max', 'ridge-002.jpg', '', '2099-07-01 09:00');
SELECT scheduled_at FROM scheduling_posts WHERE photo_id = 14;

-- Strategy name and hashtags were dropped on the way to the row.
INSERT INTO scheduling_posts (persona_id, photo_id, optimal_time_calculated, strategy_name, hashtags, cluster_id)
VALUES (1, 4, '2099-12-01 18:00Z', 'thematic_rotation', '{sea}', 1) RETURNING strategy_name, hashtags, cluster_id;

-- Rollback deleted the row of a live post.
INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at) VALUES (1, 5, 'posted', '17', now()) RETURNING id AS live \gset
DELETE FROM scheduling_posts WHERE id = :live;

-- A post was left in posting for ever: nothing is posting without an owner whose heart beats.
UPDATE scheduling_posts SET status = 'posting' WHERE photo_id = 1;

-- The preview of a strategy advanced its rotation: a look changes nothing.
SELECT count(*) AS changes FROM audit_log \gset
SELECT preview(id) IS NOT NULL AND explain(id) IS NOT NULL AS seen FROM scheduling_posts WHERE photo_id = 1;
SELECT count(*) = :changes AS nothing_changed FROM audit_log;
