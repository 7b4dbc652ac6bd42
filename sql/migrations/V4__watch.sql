-- watch(): connects a table to the change log. It adds four statement-level triggers to the table and changes nothing else
-- about it. Who writes to the table needs no right in this schema.
--
-- The trigger functions are generated here, once: no dynamic SQL runs when rows change.
-- Absent on purpose: joins in a trigger. A cascaded delete fires when the parent row is already gone.

CREATE TABLE claimsmith.watched (
  id             integer  GENERATED ALWAYS AS IDENTITY UNIQUE,
  rel            regclass NOT NULL,
  kind           text     NOT NULL CHECK (kind IN ('user', 'role', 'identity', 'catalog', 'all')),
  tenant_column  name,
  subject_column name,
  only_columns   name[],
  max_subjects   integer  NOT NULL CHECK (max_subjects BETWEEN 1 AND 200),
  -- One table may feed several views, so the kind is part of the key.
  PRIMARY KEY (rel, kind)
);
COMMENT ON TABLE  claimsmith.watched    IS 'What watch() connected';
COMMENT ON COLUMN claimsmith.watched.id IS 'Names the trigger functions. Not the oid: a restored dump has other oids';

CREATE FUNCTION claimsmith.check_kind(kind text, tenant_column name, subject_column name, max_subjects integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF kind IS NULL OR kind NOT IN ('user', 'role', 'identity', 'catalog', 'all') THEN
    RAISE EXCEPTION 'claimsmith.watch: unknown kind %', coalesce(quote_literal(kind), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Use user, role, identity, catalog, or all.';
  ELSIF kind IN ('identity', 'all') AND tenant_column IS NOT NULL THEN
    RAISE EXCEPTION 'claimsmith.watch: kind % belongs to no tenant', kind
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass NULL as tenant_column.';
  ELSIF kind IN ('catalog', 'all') AND subject_column IS NOT NULL THEN
    RAISE EXCEPTION 'claimsmith.watch: kind % has no subject', kind
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass NULL as subject_column.';
  ELSIF max_subjects IS NULL OR max_subjects NOT BETWEEN 1 AND 200 THEN
    RAISE EXCEPTION 'claimsmith.watch: max_subjects must be between 1 and 200'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
END $$;

CREATE FUNCTION claimsmith.check_table(rel regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  found_kind        "char";
  found_persistence "char";
BEGIN
  SELECT relkind, relpersistence INTO found_kind, found_persistence FROM pg_class WHERE oid = rel;
  CASE
    WHEN found_kind IS NULL THEN
      RAISE EXCEPTION 'claimsmith.watch: there is no table %', coalesce(rel::text, 'NULL') USING ERRCODE = 'undefined_table';
    WHEN found_kind IN ('v', 'm') THEN
      RAISE EXCEPTION 'claimsmith.watch: % is a view, and a view cannot tell what changed', rel
        USING ERRCODE = 'wrong_object_type', HINT = 'Watch each table that the view reads.';
    WHEN found_kind = 'f' THEN
      RAISE EXCEPTION 'claimsmith.watch: % is a foreign table, and changes on its own server are not seen here', rel
        USING ERRCODE = 'wrong_object_type',
              HINT = 'Let the service use that server as its directory, or copy the rows into a local table and watch that.';
    WHEN found_kind NOT IN ('r', 'p') THEN
      RAISE EXCEPTION 'claimsmith.watch: % is not a table', rel USING ERRCODE = 'wrong_object_type';
    WHEN found_persistence <> 'p' THEN
      RAISE EXCEPTION 'claimsmith.watch: % is temporary or unlogged, and a crash would empty it unseen', rel
        USING ERRCODE = 'wrong_object_type', HINT = 'Run ALTER TABLE ... SET LOGGED first.';
    ELSE
      RETURN;
  END CASE;
END $$;

-- Every column must exist; those of only_columns must also know equality, which json, xml and point do not.
CREATE FUNCTION claimsmith.check_columns(rel regclass, named name[], only_columns name[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  wanted     name;
  found_type text;
BEGIN
  FOREACH wanted IN ARRAY named || only_columns LOOP
    CONTINUE WHEN wanted IS NULL;
    SELECT format_type(atttypid, atttypmod) INTO found_type
    FROM pg_attribute WHERE attrelid = rel AND attname = wanted AND attnum > 0 AND NOT attisdropped;
    IF found_type IS NULL THEN
      RAISE EXCEPTION 'claimsmith.watch: table % has no column %', rel, quote_ident(wanted) USING ERRCODE = 'undefined_column';
    END IF;
    CONTINUE WHEN only_columns IS NULL OR wanted <> ALL (only_columns);
    BEGIN
      EXECUTE format('SELECT DISTINCT NULL::%s', found_type);
    EXCEPTION WHEN undefined_function THEN
      RAISE EXCEPTION 'claimsmith.watch: column % of % has type %, which cannot be compared', quote_ident(wanted), rel, found_type
        USING ERRCODE = 'datatype_mismatch', HINT = 'Make it jsonb if it is json, or leave it out of only_columns.';
    END;
  END LOOP;
END $$;

-- A query that gives (tenant, subject), as text, of every row that the statement touched. An UPDATE gives the old and the
-- new row: moving a row to another tenant or user touches both. Cast before DISTINCT: types like citext have values that
-- are equal and still have different texts, and the caches are keyed by text.
CREATE FUNCTION claimsmith.touched_rows(op text, tenant_column name, subject_column name, only_columns name[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  keys text := format('%s AS tenant, %s AS subject',
    coalesce('(r.' || quote_ident(tenant_column) || ')::text', 'NULL::text'),
    coalesce('(r.' || quote_ident(subject_column) || ')::text', 'NULL::text'));
  compared text;
BEGIN
  IF op = 'insert' THEN
    RETURN format('SELECT %s FROM new_rows AS r', keys);
  ELSIF op = 'delete' THEN
    RETURN format('SELECT %s FROM old_rows AS r', keys);
  ELSIF only_columns IS NULL THEN
    RETURN format('SELECT %1$s FROM old_rows AS r UNION ALL SELECT %1$s FROM new_rows AS r', keys);
  END IF;
  SELECT concat_ws(', ', keys, string_agg(format('r.%I AS c%s', c, n), ', ')) INTO compared
  FROM unnest(only_columns) WITH ORDINALITY AS listed(c, n);
  RETURN format('SELECT tenant, subject FROM ('
    '(SELECT %1$s FROM old_rows AS r EXCEPT ALL SELECT %1$s FROM new_rows AS r) UNION ALL '
    '(SELECT %1$s FROM new_rows AS r EXCEPT ALL SELECT %1$s FROM old_rows AS r)) AS differing', compared);
END $$;

-- The body of one trigger function. A list of subjects is worth its cost only while it fits a message: a statement with
-- more than 4,000 rows works out tenants alone, and a tenant with more than max_subjects is named whole.
CREATE FUNCTION claimsmith.trigger_body(op text, spec claimsmith.watched) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  many_rows CONSTANT integer := 4000;
  touched text;
  tenants text;
  lists   text;
BEGIN
  IF op = 'truncate' THEN
    RETURN $b$BEGIN PERFORM claimsmith.touch('[["all", null, null]]'); RETURN NULL; END$b$;
  END IF;
  touched := claimsmith.touched_rows(op, spec.tenant_column, spec.subject_column, spec.only_columns);
  tenants := format('SELECT jsonb_agg(jsonb_build_array(%L, tenant, NULL)) FROM (SELECT DISTINCT tenant FROM (%s) AS t) AS d',
    spec.kind, touched);
  IF spec.subject_column IS NULL THEN
    RETURN format(E'#variable_conflict use_column\nBEGIN PERFORM claimsmith.touch((%s)); RETURN NULL; END', tenants);
  END IF;
  lists := format('SELECT jsonb_agg(jsonb_build_array(%L, tenant, CASE WHEN n <= %s THEN to_jsonb(subjects) END)) FROM ('
    'SELECT tenant, count(*) AS n, array_agg(subject) AS subjects FROM (SELECT DISTINCT tenant, subject FROM (%s) AS t) AS d '
    'GROUP BY tenant) AS g', spec.kind, spec.max_subjects, touched);
  RETURN format($b$#variable_conflict use_column
BEGIN
  IF (SELECT count(*) FROM (SELECT FROM %s LIMIT %s) AS few) > %s THEN
    PERFORM claimsmith.touch((%s));
  ELSE
    PERFORM claimsmith.touch((%s));
  END IF;
  RETURN NULL;
END$b$, CASE op WHEN 'delete' THEN 'old_rows' ELSE 'new_rows' END, many_rows + 1, many_rows, tenants, lists);
END $$;

-- Adds one trigger unless it is there; says whether it added it. A trigger that exists is left alone, so that running
-- watch() again takes no lock on the table and needs no ownership of it.
CREATE FUNCTION claimsmith.attach(part regclass, op text, kind text, function_name text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trigger_name text := format('claimsmith_%s_%s', kind, op);
  seen text := CASE op
    WHEN 'insert' THEN 'REFERENCING NEW TABLE AS new_rows'
    WHEN 'update' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
    WHEN 'delete' THEN 'REFERENCING OLD TABLE AS old_rows'
    ELSE '' END;
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = trigger_name) THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION claimsmith.%I()',
    trigger_name, op, part, seen, function_name);
  RETURN true;
END $$;

-- rel: a table, partitioned or not.  tenant_column NULL: its rows concern every tenant, as does a row with NULL there.
-- subject_column NULL: a change concerns the whole tenant, as does a row with NULL there.  only_columns: an UPDATE counts
-- only when one of these, the tenant, or the subject differs.  kind and its subject: user (user id), role (role key as in the
-- contract views), identity (the sub), catalog and all (none).
-- Needs: ownership of schema claimsmith, and the TRIGGER privilege on the table. Takes SHARE ROW EXCLUSIVE on the table.
CREATE FUNCTION claimsmith.watch(rel regclass, tenant_column name, subject_column name DEFAULT NULL, kind text DEFAULT 'user',
                                 only_columns name[] DEFAULT NULL, max_subjects integer DEFAULT 100) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  spec    claimsmith.watched;
  changed boolean;
  op      text;
  part    regclass;
  fn      text;
BEGIN
  PERFORM claimsmith.check_kind(watch.kind, watch.tenant_column, watch.subject_column, watch.max_subjects);
  PERFORM claimsmith.check_table(watch.rel);
  PERFORM claimsmith.check_columns(watch.rel, ARRAY[watch.tenant_column, watch.subject_column], watch.only_columns);

  INSERT INTO claimsmith.watched AS w (rel, kind, tenant_column, subject_column, only_columns, max_subjects)
    VALUES (watch.rel, watch.kind, watch.tenant_column, watch.subject_column, watch.only_columns, watch.max_subjects)
    ON CONFLICT (rel, kind) DO UPDATE SET tenant_column = excluded.tenant_column, subject_column = excluded.subject_column,
      only_columns = excluded.only_columns, max_subjects = excluded.max_subjects
    WHERE (w.tenant_column, w.subject_column, w.only_columns, w.max_subjects)
      IS DISTINCT FROM (excluded.tenant_column, excluded.subject_column, excluded.only_columns, excluded.max_subjects);
  changed := FOUND;
  SELECT w.* INTO STRICT spec FROM claimsmith.watched AS w WHERE w.rel = watch.rel AND w.kind = watch.kind;

  FOREACH op IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
    fn := format('on_%s_%s_%s', spec.id, spec.kind, op);
    EXECUTE format('CREATE OR REPLACE FUNCTION claimsmith.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
      'SET search_path = pg_catalog, pg_temp SET jit = off AS %L', fn, claimsmith.trigger_body(op, spec));
    EXECUTE format('REVOKE ALL ON FUNCTION claimsmith.%I() FROM PUBLIC', fn);
    -- Every partition too: a statement that names a partition fires only the triggers of that partition.
    FOR part IN SELECT relid FROM pg_partition_tree(watch.rel) UNION SELECT watch.rel LOOP
      changed := claimsmith.attach(part, op, spec.kind, fn) OR changed;
    END LOOP;
  END LOOP;

  -- What happened before the table was watched like this is unknown.
  IF changed THEN
    PERFORM claimsmith.touch('[["all", null, null]]');
  END IF;
END $$;

-- Takes the triggers away again; kind NULL means every kind. Dropping the functions drops the triggers with them, also on
-- partitions that were detached since, and for a role that does not own the table.
CREATE FUNCTION claimsmith.unwatch(rel regclass, kind text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
  spec claimsmith.watched;
  op   text;
BEGIN
  FOR spec IN DELETE FROM claimsmith.watched AS w
              WHERE w.rel = unwatch.rel AND w.kind = coalesce(unwatch.kind, w.kind) RETURNING w.* LOOP
    FOREACH op IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
      EXECUTE format('DROP FUNCTION IF EXISTS claimsmith.%I() CASCADE', format('on_%s_%s_%s', spec.id, spec.kind, op));
    END LOOP;
  END LOOP;
END $$;

-- What is watched incompletely. Empty is good. A change that passes such a gap is never noticed, except column_missing:
-- then every write to the table fails.
CREATE VIEW claimsmith.problems AS
  WITH part AS (
    SELECT w.id, w.rel, w.kind, tree.relid AS part
    FROM claimsmith.watched AS w
    CROSS JOIN LATERAL (SELECT relid FROM pg_partition_tree(w.rel) UNION SELECT w.rel) AS tree
    WHERE EXISTS (SELECT FROM pg_class WHERE oid = w.rel)
  )
  SELECT part.rel, part.part, part.kind, needed.op,
         CASE WHEN found.tgname IS NULL THEN 'trigger_missing' ELSE 'trigger_disabled' END AS problem
  FROM part
  CROSS JOIN (VALUES ('insert'), ('update'), ('delete'), ('truncate')) AS needed(op)
  LEFT JOIN pg_trigger AS found
    ON found.tgrelid = part.part AND found.tgname = format('claimsmith_%s_%s', part.kind, needed.op)
  WHERE found.tgname IS NULL OR found.tgenabled NOT IN ('O', 'A')
  UNION ALL
  SELECT w.rel, w.rel, w.kind, NULL, 'table_dropped'
  FROM claimsmith.watched AS w
  WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = w.rel)
  UNION ALL
  SELECT w.rel, w.rel, w.kind, NULL, 'column_missing'
  FROM claimsmith.watched AS w
  CROSS JOIN LATERAL unnest(ARRAY[w.tenant_column, w.subject_column] || w.only_columns) AS named(column_name)
  WHERE column_name IS NOT NULL
    AND EXISTS (SELECT FROM pg_class WHERE oid = w.rel)
    AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = w.rel AND attname = column_name AND NOT attisdropped);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA claimsmith FROM PUBLIC;

SELECT claimsmith.watch('claimsmith_data.tenant',          'id',        NULL,      'catalog'),
       claimsmith.watch('claimsmith_data.issuer',          NULL,        NULL,      'catalog'),
       claimsmith.watch('claimsmith_data.identity',        NULL,        'subject', 'identity'),
       claimsmith.watch('claimsmith_data.membership',      'tenant_id', 'user_id', 'user'),
       claimsmith.watch('claimsmith_data.membership_role', 'tenant_id', 'user_id', 'user'),
       claimsmith.watch('claimsmith_data.role',            'tenant_id', 'role',    'role'),
       claimsmith.watch('claimsmith_data.role_permission', 'tenant_id', 'role',    'role');
