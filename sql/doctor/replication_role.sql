-- Continues sources.sql. Where triggers do not fire although they are there: sessions in replica mode, and rows that a logical
-- subscription applies.
SELECT 'setting' AS fault,
       CASE WHEN s.setdatabase = 0 THEN 'role ' || quote_ident(r.rolname)
            WHEN s.setrole = 0 THEN 'database ' || quote_ident(d.datname)
            ELSE format('role %I in database %I', r.rolname, d.datname) END AS subject,
       concat('ALTER ', CASE WHEN s.setrole = 0 THEN format('DATABASE %I', d.datname)
                             WHEN s.setdatabase = 0 THEN format('ROLE %I', r.rolname)
                             ELSE format('ROLE %I IN DATABASE %I', r.rolname, d.datname) END,
              ' RESET session_replication_role;') AS statement
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
WHERE 'session_replication_role=replica' = ANY (s.setconfig)
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
-- What a database or a role sets is told above; what the connection string sets concerns nobody else.
SELECT 'setting', 'the server', 'ALTER SYSTEM RESET session_replication_role; SELECT pg_reload_conf();'
FROM pg_settings
WHERE name = 'session_replication_role' AND setting = 'replica'
  AND source IN ('command line', 'environment variable', 'configuration file', 'global')
UNION
-- The name comes from the statistics: pg_subscription itself is closed to everybody before PostgreSQL 14.
SELECT 'subscription', s.name, format('ALTER SUBSCRIPTION %I DISABLE;', sub.subname)
FROM sources AS s
JOIN pg_subscription_rel AS target ON target.srrelid = s.rel
JOIN pg_stat_subscription AS sub ON sub.subid = target.srsubid
ORDER BY 1, 2
