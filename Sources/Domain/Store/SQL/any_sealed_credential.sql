SELECT persona_id, name, sealed FROM sealed_credentials ORDER BY updated_at DESC LIMIT 1
