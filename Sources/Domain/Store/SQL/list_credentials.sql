SELECT persona.name AS persona, persona.login, persona.instagram_account_id AS account_id, persona.username,
  token.persona_id IS NOT NULL AS has_token, secret.persona_id IS NOT NULL AS has_app_secret,
  to_char(token.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires,
  floor(extract(epoch FROM token.expires_at - now()) / 86400)::int8 AS days_left,
  to_char(token.verified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS verified
FROM personas AS persona
LEFT JOIN sealed_credentials AS token ON token.persona_id = persona.id AND token.name = 'access_token'
LEFT JOIN sealed_credentials AS secret ON secret.persona_id = persona.id AND secret.name = 'app_secret'
ORDER BY persona.name
