-- Names as people type them.
SELECT schedule_post('sarah', 'beach-001.jpg', 'One', '2099-06-01 09:00');
SELECT schedule_post('SARAH', '/srv/photos/sarah/beach-002.jpg', 'Two', '2099-06-02 09:00');
SELECT schedule_post('@sarah.makes', '3', 'Three', '2099-06-03 09:00', '{sea}');
SELECT schedule_post('sara', 'beach-004.jpg', 'Four', '2099-06-04 09:00');
SELECT schedule_post('sarah', 'ridge-001.jpg', 'Five', '2099-06-05 09:00');
INSERT INTO photos (persona_id, path) VALUES (1, '/srv/more/beach-004.jpg');
SELECT schedule_post('sarah', 'beach-004.jpg', 'Six', '2099-06-06 09:00');
SELECT schedule_post('sarah', '/srv/more/beach-004.jpg', 'Six', '2099-06-06 09:00');

-- Times without a zone are the persona's; the same words mean another moment for somebody else.
SELECT read_time('2099-06-01 09:00', 1) AS berlin, read_time('2099-06-01 09:00', 2) AS denver,
  read_time('2099-06-01 09:00 Asia/Tokyo', 1) AS tokyo, read_time('2099-06-01T09:00Z', 1) AS utc;
SET TimeZone = 'Australia/Perth';
SELECT read_time('2099-06-01 09:00', 1) = timestamptz '2099-06-01 07:00 UTC' AS same_wherever_the_session_is;
SHOW TimeZone;
RESET TimeZone;

-- Relative ones. Days keep the local time of day, hours do not.
SELECT read_time('now', 1) <= clock_timestamp() AS now,
  read_time('+2h', 1) - clock_timestamp() BETWEEN '1:59:59' AND '2:00:01' AS in_two_hours,
  read_time('in 90 min', 1) - clock_timestamp() BETWEEN '1:29:59' AND '1:30:01' AS in_ninety_minutes,
  (read_time('+1 day', 1) AT TIME ZONE 'Europe/Berlin')::time(0) BETWEEN (clock_timestamp() AT TIME ZONE 'Europe/Berlin')::time(0)
    - interval '2 s' AND (clock_timestamp() AT TIME ZONE 'Europe/Berlin')::time(0) + interval '2 s' AS same_time_tomorrow;
SELECT to_char(read_time(words, 1) AT TIME ZONE 'Europe/Berlin', 'HH24:MI') AS local,
  (read_time(words, 1) AT TIME ZONE 'Europe/Berlin')::date - (now() AT TIME ZONE 'Europe/Berlin')::date BETWEEN least AND most AS day,
  words
FROM (VALUES ('tomorrow 09:00', 1, 1), ('Tomorrow  9:00', 1, 1), ('today 23:59', 0, 0), ('9:30', 0, 1), ('friday 18:00', 0, 7),
  ('next Fri at 18:00', 0, 7)) AS form (words, least, most);
SELECT bool_and(read_time(day || ' 12:00', 1) > now() AND extract(isodow FROM read_time(day || ' 12:00', 1) AT TIME ZONE 'Europe/Berlin')
  = number) AS every_weekday_is_to_come
FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) WITH ORDINALITY AS week (day, number);

-- What is no time, half a time, or two.
SELECT read_time('whenever', 1);
SELECT read_time('2099-06-01', 1);
SELECT read_time('tomorrow', 1);
SELECT read_time('1/6/2099 09:00', 1);
SELECT read_time('infinity', 1);
SELECT read_time('+2 parsecs', 1);
SELECT read_time('25:00', 1);

-- The clocks: an hour that is skipped is refused; of one that comes twice PostgreSQL takes the second, which is standard time.
SELECT read_time('2027-03-28 02:30', 1);
SELECT read_time('2027-10-31 02:30', 1), read_time('2027-10-31 02:30 CEST', 1);
SELECT read_time('2027-03-28 02:30', 3);
