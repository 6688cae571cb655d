SELECT severity, subject, persona, cause, fix FROM problems LIMIT 200
