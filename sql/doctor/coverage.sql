-- Continues sources.sql. What the views read and nothing announces, one row for each gap.
--
-- Which kinds are heard for which view is decided by the caches: src/roles/subscription.rs, src/identities/subscription.rs,
-- src/tenancy/subscription.rs. A change of kind "role" leaves "is no member" in memory, so it does not cover memberships;
-- one of kind "user" leaves what other users hold, so it covers roles only when it names no users.
, heard AS (
  SELECT s.*, w.kind, w.tenant_column, w.subject_column, w.only_columns,
         w.kind = 'all' OR CASE s.contract
           WHEN 'membership' THEN w.kind = 'user'
           WHEN 'role'       THEN w.kind = 'role' OR w.kind = 'user' AND w.subject_column IS NULL
           WHEN 'identity'   THEN w.kind = 'identity'
           ELSE w.kind = 'catalog' END AS covers
  FROM sources AS s
  -- pg_partition_ancestors() is empty for what is no partition.
  LEFT JOIN claimsmith.watched AS w ON w.rel = s.rel OR w.rel IN (SELECT pg_partition_ancestors(s.rel))
), judged AS (
  SELECT contract, reader, rel, name, relkind, relpersistence, is_part,
         coalesce(bool_or(covers), false) AS covered, string_agg(kind, ', ' ORDER BY kind) AS kinds
  FROM heard
  GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT 'view_missing' AS fault, name AS contract, 'claimsmith.' || quote_ident(name) AS subject, NULL AS detail, true AS direct
FROM contract WHERE oid IS NULL
UNION
SELECT CASE WHEN relkind = 'f' THEN 'foreign'
            WHEN relkind = 'm' THEN 'materialized'
            WHEN relkind NOT IN ('r', 'p') THEN 'no_table'
            WHEN relpersistence <> 'p' THEN 'not_logged' END,
       contract, name, NULL, true
FROM judged WHERE relkind NOT IN ('r', 'p') OR relpersistence <> 'p'
UNION
SELECT 'unwatched', contract, name, kinds, true
FROM judged WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND NOT is_part AND NOT covered
UNION
-- Columns that a view reads and only_columns leaves out. A view below a contract view may read more than the contract shows.
SELECT 'column', j.contract, j.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
       j.reader = (SELECT oid FROM contract WHERE contract.name = j.contract)
FROM judged AS j
JOIN pg_rewrite AS r ON r.ev_class = j.reader AND r.ev_type = '1'
JOIN LATERAL (SELECT DISTINCT refobjsubid FROM pg_depend
              WHERE classid = 'pg_rewrite'::regclass AND objid = r.oid
                AND refclassid = 'pg_class'::regclass AND refobjid = j.rel AND refobjsubid > 0) AS d ON true
JOIN pg_attribute AS a ON a.attrelid = j.rel AND a.attnum = d.refobjsubid
WHERE j.covered AND NOT EXISTS (
  SELECT FROM heard AS h
  WHERE h.contract = j.contract AND h.rel = j.rel AND h.covers
    AND (h.only_columns IS NULL OR a.attname = ANY (h.only_columns) OR a.attname IN (h.tenant_column, h.subject_column)))
GROUP BY j.contract, j.name, j.reader
UNION
-- An immutable function has promised to read nothing.
SELECT 'function', reads.contract, format('%I.%I', n.nspname, v.relname), p.oid::regprocedure::text, true
FROM reads
JOIN pg_class AS v ON v.oid = reads.rel AND v.relkind = 'v'
JOIN pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_rewrite AS r ON r.ev_class = v.oid AND r.ev_type = '1'
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_proc'::regclass
JOIN pg_proc AS p ON p.oid = d.refobjid AND p.pronamespace <> 'pg_catalog'::regnamespace AND p.provolatile <> 'i'
ORDER BY 2, 3, 1
