INSERT INTO sealed_credentials (persona_id, name, sealed, expires_at)
VALUES ($1, $2, $3, to_timestamp($4))
ON CONFLICT (persona_id, name) DO UPDATE
SET sealed = excluded.sealed, expires_at = excluded.expires_at, verified_at = NULL
