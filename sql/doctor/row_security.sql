-- Continues sources.sql. Tables with row-level security whose policies bind the view that reads them: the service then sees
-- some of the rows. A policy that lets that role see everything is as good as none.
SELECT DISTINCT s.name AS subject, who.rolname AS reader, quote_ident(who.rolname) AS quoted_reader
FROM sources AS s
JOIN pg_class AS t ON t.oid = s.rel AND t.relrowsecurity
JOIN pg_class AS v ON v.oid = s.reader AND v.relkind = 'v'
-- A view reads as its owner, unless it is told to read as whoever asks (PostgreSQL 15).
JOIN pg_roles AS who ON who.rolname = CASE
  WHEN 'security_invoker' = ANY (SELECT option_name FROM pg_options_to_table(v.reloptions) WHERE option_value IN ('true', 'on', '1'))
  THEN current_user ELSE pg_get_userbyid(v.relowner) END
WHERE NOT who.rolsuper AND NOT who.rolbypassrls AND (t.relforcerowsecurity OR NOT pg_has_role(who.oid, t.relowner, 'USAGE'))
  AND (
    SELECT bool_or(p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true') AND bool_and(p.polpermissive)
    FROM pg_policy AS p
    WHERE p.polrelid = t.oid AND p.polcmd IN ('r', '*')
      AND (0 = ANY (p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) AS bound (role) WHERE pg_has_role(who.oid, bound.role, 'USAGE')))
  ) IS NOT TRUE
ORDER BY 1
