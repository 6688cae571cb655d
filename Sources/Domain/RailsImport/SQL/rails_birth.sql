-- When Rails created this database, to the microsecond: its identity, which a dump keeps.
SELECT 'made ' || (to_jsonb(fact) ->> 'created_at') AS name
FROM ar_internal_metadata AS fact
WHERE fact.key = 'environment' AND to_jsonb(fact) ->> 'created_at' IS NOT NULL
