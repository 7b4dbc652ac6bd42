-- What is there of the schema. Looked up by name in the catalog: to_regclass() fails without USAGE on the schema.
SELECT bool_or(c.relname = 'change') IS TRUE AS has_schema, bool_or(c.relname = 'schema_history') IS TRUE AS has_history
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'claimsmith' AND c.relname IN ('change', 'schema_history')
