-- What is known of the tables in a plan. $1 schemas, $2 tables, pairwise. A partition counts as the table that it is part of.
SELECT asked.schema_name, asked.table_name, format('%I.%I', root_schema.nspname, root.relname) AS name,
       root.relkind = 'p' AS is_partitioned,
       -- Without statistics the size says enough: 100 bytes to a row.
       (SELECT coalesce(sum(CASE WHEN part.reltuples > 0 THEN part.reltuples ELSE pg_relation_size(part.oid) / 100 END), 0)
        FROM pg_class AS part
        WHERE part.relkind = 'r' AND (part.oid = root.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(root.oid)))
       )::float8 AS rows,
       -- Watched without tenant and subject: a change concerns everybody, and there are no more rows for more users.
       EXISTS (SELECT FROM claimsmith.watched WHERE rel = root.oid)
         AND NOT EXISTS (SELECT FROM claimsmith.watched
                         WHERE rel = root.oid AND (tenant_column IS NOT NULL OR subject_column IS NOT NULL)) AS is_constant,
       -- The key that each index begins with; only a condition on that key saves reading all of the index.
       ARRAY(SELECT index_class.relname::text FROM pg_index AS i JOIN pg_class AS index_class ON index_class.oid = i.indexrelid
             WHERE i.indrelid = c.oid ORDER BY i.indexrelid) AS indexes,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, 1, false) FROM pg_index AS i
             WHERE i.indrelid = c.oid ORDER BY i.indexrelid) AS leading_keys,
       ARRAY(SELECT i.indisvalid AND i.indpred IS NULL FROM pg_index AS i
             WHERE i.indrelid = c.oid ORDER BY i.indexrelid) AS usable,
       ARRAY(SELECT am.amname = 'btree' FROM pg_index AS i JOIN pg_class AS index_class ON index_class.oid = i.indexrelid
             JOIN pg_am AS am ON am.oid = index_class.relam
             WHERE i.indrelid = c.oid ORDER BY i.indexrelid) AS ordered
FROM unnest($1::text[], $2::text[]) AS asked (schema_name, table_name)
JOIN pg_namespace AS n ON n.nspname = asked.schema_name
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.table_name
JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
JOIN pg_namespace AS root_schema ON root_schema.oid = root.relnamespace
