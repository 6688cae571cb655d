SELECT persona_id, name, sealed FROM sealed_credentials WHERE persona_id = $1
