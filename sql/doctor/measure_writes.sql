-- What is needed to copy a table and to watch the copy as the table is watched. $1 its name, as text. No row: there is none.
WITH spec AS (
  SELECT w.* FROM claimsmith.watched AS w
  WHERE w.rel = to_regclass($1) OR w.rel IN (SELECT pg_partition_ancestors(to_regclass($1)))
)
SELECT format('%I.%I', n.nspname, c.relname) AS name,
       -- Generated columns are computed again.
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       -- A column that counts for the watch, else the last that may be written.
       (SELECT quote_ident(a.attname) FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
        ORDER BY a.attname IN (SELECT unnest(only_columns) FROM spec) DESC, a.attnum DESC LIMIT 1) AS written,
       -- {table} stands for the copy.
       (SELECT string_agg(format('claimsmith.watch(''{table}'', %L, %L, %L, %L, %s)',
                                 tenant_column, subject_column, kind, only_columns, max_subjects), ', ') FROM spec) AS calls
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')
