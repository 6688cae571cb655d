SELECT EXISTS (SELECT FROM pg_class AS class WHERE class.oid = to_regclass('audit') AND class.relkind = 'r') AS kept
