-- Accepted means publishable: each of these is refused with what is wrong, and what repairs it.
\set post 'INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption) VALUES'

-- The caption: 2,200 UTF-16 units, the hashtags of their column included; an emoji is two.
:post (1, 1, '2099-12-01 09:00', repeat('x', 2200));
:post (1, 2, '2099-12-01 09:00', repeat('x', 2201));
:post (1, 2, '2099-12-01 09:00', repeat('😀', 1101));
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, repeat('x', 2201));
INSERT INTO scheduling_posts (persona_id, caption, hashtags) VALUES (1, 'short', ARRAY(SELECT repeat('y', 300) || n FROM generate_series(1, 8) AS n));
INSERT INTO scheduling_posts (persona_id, caption, hashtags) VALUES (1, repeat('x', 2198), '{y}');

-- 30 hashtags, wherever they are; more than 5 are a warning.
:post (1, 2, '2099-12-01 09:00', (SELECT string_agg('#t' || n, ' ') FROM generate_series(1, 31) AS n));
INSERT INTO scheduling_posts (persona_id, caption, hashtags) VALUES (1, '#a #b', ARRAY(SELECT 't' || n FROM generate_series(1, 40) AS n));
INSERT INTO scheduling_posts (persona_id, caption, hashtags) VALUES (1, '#a', '{b,c,d,e}');
INSERT INTO scheduling_posts (persona_id, caption, hashtags) VALUES (1, '#a', '{b,c,d,e,f}');
INSERT INTO scheduling_posts (persona_id, hashtags) VALUES (1, '{blue hour}');
INSERT INTO scheduling_posts (persona_id, hashtags) VALUES (1, '{#blue#hour}');

-- 20 mentions; addresses are none.
:post (1, 2, '2099-12-01 09:00', (SELECT string_agg('@t' || n, ' ') FROM generate_series(1, 22) AS n));
INSERT INTO scheduling_posts (persona_id, caption) VALUES (1, (SELECT string_agg('me@t' || n, ' ') FROM generate_series(1, 30) AS n));

-- The alternative text.
UPDATE photos SET alt_text = repeat('x', 1001) WHERE id = 1;
UPDATE photos SET alt_text = repeat('😀', 501) WHERE id = 1;
UPDATE photos SET alt_text = repeat('x', 1000) WHERE id = 1;

-- The photo: there, of this persona, in no other live post.
:post (1, 999, '2099-12-01 09:00', '');
:post (1, 13, '2099-12-01 09:00', '');
:post (9, 1, '2099-12-01 09:00', '');
:post (1, 1, '2099-12-02 09:00', '');
SELECT hold(1);
:post (1, 1, '2099-12-02 09:00', '');
UPDATE scheduling_posts SET photo_id = 1 WHERE caption = '#a' AND cardinality(hashtags) = 4;

-- The time.
:post (1, 2, '2024-12-01 09:00', '');
:post (1, 2, now() - interval '8 days', '');
:post (1, 2, 'infinity', '');
UPDATE scheduling_posts SET scheduled_at = '2024-12-01 09:00' WHERE id = 1;

-- Scheduled without photo or time.
INSERT INTO scheduling_posts (persona_id, status) VALUES (1, 'scheduled');
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 2, 'scheduled');
INSERT INTO scheduling_posts (persona_id, scheduled_at, status) VALUES (1, '2099-12-01 09:00', 'scheduled');
UPDATE scheduling_posts SET photo_id = NULL WHERE id = 1;
UPDATE scheduling_posts SET scheduled_at = NULL WHERE id = 1;

-- Results that nobody has: a post is posted when its media id says so.
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 2, 'posted');
INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id) VALUES (1, 2, 'posted', '17');
:post (1, 2, '2099-12-01 09:00', '') RETURNING id AS waiting \gset
UPDATE scheduling_posts SET provider_post_id = '17' WHERE id = :waiting;
UPDATE scheduling_posts SET posted_at = now() WHERE id = :waiting;
UPDATE scheduling_posts SET publish_requested_at = now() WHERE id = :waiting;
INSERT INTO scheduling_posts (persona_id, provider_post_id) VALUES (1, '17');
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 3, 'failed');
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 3, 'unconfirmed');
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 3, 'posting');
INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (1, 3, 'nonsense');

-- What happened elsewhere may be recorded, with its proof, and is not edited afterwards.
INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at, caption)
VALUES (1, 3, 'posted', '1789', '2020-01-01', repeat('x', 3000)) RETURNING id AS live \gset
UPDATE scheduling_posts SET caption = 'Better words' WHERE id = :live;
UPDATE scheduling_posts SET scheduled_at = now() WHERE id = :live;
UPDATE scheduling_posts SET provider_post_id = '1790' WHERE id = :live;
UPDATE scheduling_posts SET posted_at = now() WHERE id = :live;
UPDATE scheduling_posts SET status = 'draft' WHERE id = :live;
UPDATE scheduling_posts SET id = 4711 WHERE id = :live;
UPDATE scheduling_posts SET permalink = 'https://www.instagram.com/p/x/', caption_metadata = '{"tone": "calm"}' WHERE id = :live;
:post (1, 3, '2099-12-01 09:00', '');
DELETE FROM scheduling_posts WHERE id = :live;
TRUNCATE scheduling_posts CASCADE;
SELECT count(*) FROM scheduling_posts WHERE id = :live;

-- Kinds that come later, and time zones that are none.
INSERT INTO scheduling_posts (persona_id, kind) VALUES (1, 'reel');
UPDATE scheduling_posts SET kind = 'story' WHERE id = 1;
UPDATE personas SET time_zone = 'Europe/Berln' WHERE id = 1;
