-- claimsmith.problems, one row for each table and kind of problem, with the statement that ends it. Last: the trigger that
-- publishes at COMMIT, without which all the others are for nothing.
WITH watched AS (
  SELECT w.*, format('SELECT claimsmith.watch(%L, %L, %L, %L, %L, %s);', w.rel, w.tenant_column, w.subject_column, w.kind,
                     w.only_columns, w.max_subjects) AS again
  FROM claimsmith.watched AS w
), problem AS (
  -- The oid of a dropped table shows as a number.
  SELECT p.problem, p.rel, p.part, p.kind, coalesce(quote_ident(n.nspname) || '.' || quote_ident(c.relname), p.part::text) AS subject,
         string_agg(p.op, ', ' ORDER BY p.op) AS ops,
         string_agg(concat('ALTER TABLE ', quote_ident(n.nspname), '.', quote_ident(c.relname), ' ENABLE TRIGGER ',
                           quote_ident(format('claimsmith_%s_%s', p.kind, p.op)), ';'), ' ' ORDER BY p.op) AS enable
  FROM claimsmith.problems AS p
  LEFT JOIN pg_class AS c ON c.oid = p.part
  LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
  GROUP BY p.problem, p.rel, p.part, p.kind, n.nspname, c.relname
)
SELECT p.problem, p.subject,
       CASE p.problem
         WHEN 'column_missing' THEN
           (SELECT string_agg(DISTINCT quote_ident(named.c), ', ')
            FROM unnest(ARRAY[w.tenant_column, w.subject_column] || w.only_columns) AS named (c)
            WHERE named.c IS NOT NULL AND NOT EXISTS (
              SELECT FROM pg_attribute WHERE attrelid = w.rel AND attname = named.c AND NOT attisdropped))
         ELSE p.ops END AS detail,
       CASE p.problem
         WHEN 'trigger_disabled' THEN p.enable
         WHEN 'table_dropped' THEN format('SELECT claimsmith.unwatch(%L);', p.rel)
         ELSE w.again END AS statement
FROM problem AS p
JOIN watched AS w ON w.rel = p.rel AND w.kind = p.kind
UNION ALL
SELECT CASE WHEN t.oid IS NULL THEN 'publisher_missing' ELSE 'publisher_disabled' END, 'claimsmith.marker', 'at_commit',
       CASE WHEN t.oid IS NULL THEN
         'CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON claimsmith.marker '
         'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claimsmith.at_commit();'
       ELSE 'ALTER TABLE claimsmith.marker ENABLE TRIGGER at_commit;' END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'claimsmith'
LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = 'at_commit'
WHERE c.relname = 'marker' AND (t.oid IS NULL OR t.tgenabled NOT IN ('O', 'A'))
ORDER BY 2, 1
