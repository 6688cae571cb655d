-- Before every session: three personas, their photos, a token for sarah. Not a session of its own.
INSERT INTO personas (name, username, instagram_account_id, time_zone) VALUES
  ('sarah', 'sarah.makes', '17841400000000001', 'Europe/Berlin'),
  ('max', 'max.outside', '17841400000000002', 'America/Denver'),
  ('lena', 'lena.reads', '17841400000000003', 'UTC');
INSERT INTO clusters (persona_id, name) VALUES (1, 'Sea'), (2, 'Mountains');
INSERT INTO photos (persona_id, cluster_id, path)
SELECT 1, 1, '/srv/photos/sarah/beach-' || lpad(n::text, 3, '0') || '.jpg' FROM generate_series(1, 12) AS n;
INSERT INTO photos (persona_id, cluster_id, path)
SELECT 2, 2, '/srv/photos/max/ridge-' || lpad(n::text, 3, '0') || '.jpg' FROM generate_series(1, 4) AS n;
INSERT INTO sealed_credentials (persona_id, name, sealed) VALUES (1, 'access_token', '\x00'), (2, 'access_token', '\x00');
