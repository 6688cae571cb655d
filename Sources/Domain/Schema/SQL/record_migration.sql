INSERT INTO schema_migrations (version, name, checksum, belfry_version) VALUES ($1, $2, $3, $4)
