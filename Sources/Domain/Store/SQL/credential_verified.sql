UPDATE sealed_credentials
SET verified_at = now(), expires_at = coalesce(to_timestamp($2), expires_at)
WHERE persona_id = $1 AND name = 'access_token'
