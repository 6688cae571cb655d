-- A month of posts as a sheet. Each row is judged by itself; a blank time is the next free slot.
COPY inbox (persona, photo, caption, at) FROM STDIN CSV HEADER;
persona,photo,caption,at
sarah,beach-001.jpg,"Morning light, and nobody awake",2099-12-01 09:00
sarah,beach-002.jpg,Evening,2099-12-01 18:00
max,ridge-001.jpg,Seven ridges,2099-12-01 07:00 America/Denver
sarah,beach-001.jpg,The same photo again,2099-12-02 09:00
sarah,beach-999.jpg,No such photo,2099-12-02 09:00
sara,beach-003.jpg,No such persona,2099-12-02 09:00
sarah,beach-003.jpg,No such time,2099-13-02 09:00
sarah,,No photo at all,2099-12-02 09:00
sarah,beach-004.jpg,Whenever there is room,
\.
SELECT id, persona, photo, verdict, post_id FROM inbox ORDER BY id;
SELECT id, answer, hint FROM inbox WHERE verdict = 'refused' ORDER BY id;
SELECT scheduled_at = next_free_slot(1, now() - interval '1 s') OR scheduled_at > now() AS took_a_slot,
  (scheduled_at AT TIME ZONE 'Europe/Berlin')::time IN ('09:00', '18:00') AS at_a_slot
FROM scheduling_posts JOIN inbox ON inbox.post_id = scheduling_posts.id WHERE inbox.caption LIKE 'Whenever%';

-- A refused row that is corrected is judged again; one that is queued is a post, and changed as one.
UPDATE inbox SET photo = 'beach-005.jpg' WHERE id = 5;
UPDATE inbox SET at = '2099-12-03 09:00' WHERE id = 7;
UPDATE inbox SET persona = 'sarahh' WHERE id = 6;
UPDATE inbox SET caption = 'Other words' WHERE id = 1;
SELECT id, persona, photo, why FROM refused;
DELETE FROM inbox WHERE verdict = 'refused';
SELECT severity, subject FROM problems WHERE severity = 'refused';

-- The same sheet twice is the same as once, where rows have keys.
COPY inbox (persona, photo, caption, at, hashtags, key) FROM STDIN CSV;
sarah,beach-006.jpg,Dunes,2099-12-06 09:00,"sea, #sun dunes",sheet-7/1
sarah,beach-007.jpg,Waves,2099-12-07 09:00,,sheet-7/2
\.
COPY inbox (persona, photo, caption, at, hashtags, key) FROM STDIN CSV;
sarah,beach-006.jpg,Dunes,2099-12-06 09:00,"sea, #sun dunes",sheet-7/1
sarah,beach-007.jpg,Waves,2099-12-07 09:00,,sheet-7/2
\.
SELECT verdict, post_id, answer FROM inbox WHERE key IS NOT NULL ORDER BY id;
SELECT id, caption, hashtags, idempotency_key FROM scheduling_posts WHERE idempotency_key IS NOT NULL ORDER BY id;
