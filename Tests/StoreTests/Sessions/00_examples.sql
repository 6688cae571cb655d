-- What the examples of docs/database.md find beside 00_world.sql: one failed and one unconfirmed post.
SELECT setval(pg_get_serial_sequence('scheduling_posts', 'id'), 100);
INSERT INTO scheduling_posts (id, persona_id, photo_id, caption, status, scheduled_at, failure_class, failure_cause, failure_fix)
VALUES (7, 1, 11, 'Too wide', 'failed', '2026-11-01', 'permanent', 'the photo is too wide: 3.1 to 1, Instagram takes 1.91 to 1',
  'Crop it, then try again.');
INSERT INTO scheduling_posts (id, persona_id, photo_id, caption, status, scheduled_at, failure_class, failure_cause, failure_fix,
  publish_requested_at)
VALUES (8, 1, 12, '', 'unconfirmed', '2026-11-02', 'unknown', 'the answer was lost and the post has no caption to know it by',
  'Look at the account, then say what happened.', '2026-11-02 10:00Z');
SELECT setval(pg_get_serial_sequence('scheduling_posts', 'id'), 1, false);
