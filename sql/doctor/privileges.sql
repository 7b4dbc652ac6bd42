-- Every right that claimsmith.grant_service() gives and this role lacks. Looked up by name in the catalog, so that what is
-- missing is a row and no error.
WITH here AS (
  SELECT oid FROM pg_namespace WHERE nspname = 'claimsmith'
), relation (name, is_optional) AS (
  VALUES ('tenant', false), ('issuer', false), ('identity', false), ('membership', false), ('role', false),
         ('change', false), ('watched', false), ('problems', false),
         -- Absent where the migrations were applied by hand.
         ('schema_history', true)
), routine (name, arguments) AS (
  VALUES ('head', ''), ('since', 'bigint, uuid, integer'), ('since', 'bigint, uuid, integer, bigint[], uuid[]'),
         ('prune', 'interval'), ('position', ''), ('consistency_token', '')
)
SELECT 'USAGE' AS right_name, 'claimsmith' AS subject, true AS is_there, format('%L', current_user) AS grantee
FROM here WHERE NOT has_schema_privilege(here.oid, 'USAGE')
UNION ALL
SELECT 'SELECT', 'claimsmith.' || relation.name, c.oid IS NOT NULL, format('%L', current_user)
FROM here CROSS JOIN relation
LEFT JOIN pg_class AS c ON c.relnamespace = here.oid AND c.relname = relation.name
WHERE CASE WHEN c.oid IS NULL THEN NOT relation.is_optional ELSE NOT has_table_privilege(c.oid, 'SELECT') END
UNION ALL
SELECT 'EXECUTE', format('claimsmith.%s(%s)', routine.name, routine.arguments), p.oid IS NOT NULL, format('%L', current_user)
FROM here CROSS JOIN routine
LEFT JOIN pg_proc AS p
  ON p.pronamespace = here.oid AND p.proname = routine.name AND oidvectortypes(p.proargtypes) = routine.arguments
WHERE p.oid IS NULL OR NOT has_function_privilege(p.oid, 'EXECUTE')
ORDER BY 1 DESC, 2
