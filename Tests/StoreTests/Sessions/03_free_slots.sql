-- Slots are local times of day, one post each.
UPDATE personas SET slots = '{18:00,09:00}', time_zone = 'America/New_York' WHERE name = 'sarah';
SELECT next_free_slot(1, '2099-03-01 08:00 America/New_York') AS morning, next_free_slot(1, '2099-03-01 09:00 America/New_York') AS evening;
INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (1, 1, '2099-03-01 18:00 America/New_York');
SELECT next_free_slot(1, '2099-03-01 09:00 America/New_York') AS next_morning;

-- Over a change of the clocks the local time stays.
SELECT next_free_slot(1, '2027-03-13 18:00 America/New_York') AS after_the_change, next_free_slot(1, '2027-03-12 18:00 America/New_York') AS before_it;

-- The minimum gap keeps its distance from what is queued, and from what was published.
UPDATE personas SET minimum_gap = '10 hours' WHERE name = 'sarah';
SELECT next_free_slot(1, '2099-03-01 08:00 America/New_York') AS far_enough_from_the_evening;
UPDATE personas SET minimum_gap = '0', last_published_at = now() + interval '100 years' WHERE name = 'sarah';
SELECT next_free_slot(1) IS NULL AS nothing_within_ten_years;
SELECT schedule_post('sarah', 'beach-002.jpg');
UPDATE personas SET last_published_at = NULL WHERE name = 'sarah';

-- Held posts keep their slot, cancelled ones give it back, and each new post takes the next.
SELECT hold(1);
SELECT next_free_slot(1, '2099-03-01 09:00 America/New_York') AS held_keeps_it;
SELECT cancel(1);
SELECT next_free_slot(1, '2099-03-01 09:00 America/New_York') AS cancelled_gives_it_back;
SELECT count(schedule_post('sarah', 'beach-' || lpad(n::text, 3, '0') || '.jpg')) AS queued FROM generate_series(3, 8) AS n;
SELECT count(DISTINCT scheduled_at) AS slots, max(scheduled_at) - min(scheduled_at) <= interval '3 days' AS without_holes
FROM scheduling_posts WHERE status = 'scheduled';

-- A slot is a time of day.
UPDATE personas SET slots = '{}' WHERE name = 'sarah';
UPDATE personas SET slots = '{24:00}' WHERE name = 'sarah';
UPDATE personas SET slots = '{09:00,NULL}' WHERE name = 'sarah';
