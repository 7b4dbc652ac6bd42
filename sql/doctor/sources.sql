-- What the five contract views read, down to the tables: through views of views, into partitions and into the children of
-- old-style inheritance. Other files of this folder continue this statement; alone it is none.
--
-- Tables of pg_catalog do not count: no answer may depend on them. A materialized view is where the way ends.
WITH RECURSIVE contract (name, oid) AS (
  SELECT needed.name, found.oid
  FROM (VALUES ('tenant'), ('issuer'), ('identity'), ('membership'), ('role')) AS needed (name)
  LEFT JOIN pg_class AS found
    ON found.relname = needed.name AND found.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'claimsmith')
), reads (contract, reader, rel) AS (
  SELECT name, NULL::oid, oid FROM contract WHERE oid IS NOT NULL
  UNION
  SELECT reads.contract, reads.rel, next.oid
  FROM reads
  JOIN pg_class AS reader ON reader.oid = reads.rel
  CROSS JOIN LATERAL (
    SELECT d.refobjid AS oid
    FROM pg_rewrite AS r
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    WHERE reader.relkind = 'v' AND r.ev_class = reader.oid AND r.ev_type = '1' AND d.refobjid <> reader.oid
    UNION ALL
    SELECT i.inhrelid FROM pg_inherits AS i WHERE reader.relkind IN ('r', 'p') AND i.inhparent = reader.oid
  ) AS next
  JOIN pg_class AS found ON found.oid = next.oid AND found.relnamespace <> 'pg_catalog'::regnamespace
), sources AS (
  SELECT reads.contract, reads.reader, reads.rel, format('%I.%I', n.nspname, c.relname) AS name, c.relkind, c.relpersistence,
         -- A partition of a table that is read is judged with that table.
         c.relispartition AND reader.relkind = 'p' AS is_part
  FROM reads
  JOIN pg_class AS c ON c.oid = reads.rel AND c.relkind <> 'v'
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_class AS reader ON reader.oid = reads.reader
)
