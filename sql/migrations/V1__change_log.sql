-- The change log: one position and one NOTIFY per transaction that changed a watched table, however many rows it touched.
--
-- Promise: the order of positions is the order in which transactions become visible, and the order of their commit records.
-- So every snapshot, on the primary or on a physical replica, sees a prefix of the log. Whoever reads max(pos) in the same
-- statement as some data knows that the data contains every change up to that position.
--
-- Absent on purpose: reading the sequence (last_value is not transactional), and any work per changed row at commit.

REVOKE ALL ON SCHEMA claimsmith FROM PUBLIC;

-- Drawn only in publish(), under the commit lock. CACHE must stay 1: a session that caches values draws out of order.
CREATE SEQUENCE claimsmith.change_pos AS bigint CACHE 1;

CREATE TABLE claimsmith.change (
  pos      bigint      NOT NULL,
  ord      integer     NOT NULL,
  kind     text        NOT NULL CHECK (kind IN ('user', 'role', 'identity', 'catalog', 'all')),
  tenant   text,
  subjects text[],
  nonce    uuid        NOT NULL,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (pos, ord)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);

COMMENT ON TABLE  claimsmith.change          IS 'What each committed transaction touched, in the order of becoming visible';
COMMENT ON COLUMN claimsmith.change.ord      IS 'A transaction has one row per kind and tenant that it touched';
COMMENT ON COLUMN claimsmith.change.tenant   IS 'NULL: every tenant';
COMMENT ON COLUMN claimsmith.change.subjects IS 'User ids, role keys, or subs, by kind. NULL: all of them in the tenant';
COMMENT ON COLUMN claimsmith.change.nonce    IS 'Same for all rows of a position; tells two servers apart that used the same number';

-- A deferred trigger must hang on a row. Two rows per transaction land here; prune() takes them away.
CREATE UNLOGGED TABLE claimsmith.marker (
  requeued boolean NOT NULL DEFAULT false
);

-- A fragment is the text of a jsonb array of [kind, tenant | null, [subject, ...] | null]. merged() folds fragments, one per
-- line, into one. It gets coarser step by step, so that nothing grows without bound: many subjects become their whole
-- tenant, much text becomes whole tenants, still more becomes everything. Coarser is slower for the caches, never wrong.
-- A null among the subjects means a row without a subject: the whole tenant.
CREATE FUNCTION claimsmith.merged(fragments text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  max_subjects  CONSTANT integer := 200;
  max_bytes     CONSTANT integer := 64000;
  max_all_bytes CONSTANT integer := 256000;
  everything    CONSTANT text := '[["all", null, null]]';
  folded jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_array(kind, tenant, CASE WHEN NOT whole AND n <= max_subjects THEN subjects END))
  INTO folded
  FROM (
    SELECT item->>0 AS kind, item->>1 AS tenant, bool_or(subject IS NULL) AS whole,
           count(DISTINCT subject) AS n, jsonb_agg(DISTINCT subject) AS subjects
    FROM unnest(string_to_array(fragments, E'\n')) AS fragment
    CROSS JOIN jsonb_array_elements(fragment::jsonb) AS items(item)
    CROSS JOIN LATERAL jsonb_array_elements_text(
      CASE WHEN jsonb_typeof(item->2) = 'array' THEN item->2 ELSE '[null]' END) AS listed(subject)
    GROUP BY 1, 2
  ) AS grouped;
  IF jsonb_path_exists(folded, '$[*] ? (@[0] == "all")') THEN
    RETURN everything;
  END IF;
  IF octet_length(folded::text) > max_bytes THEN
    SELECT jsonb_agg(DISTINCT jsonb_build_array(item->0, item->1, NULL)) INTO folded
    FROM jsonb_array_elements(folded) AS items(item);
  END IF;
  RETURN CASE WHEN octet_length(folded::text) > max_all_bytes THEN everything ELSE folded::text END;
END $$;

CREATE FUNCTION claimsmith.fragments(last_slot integer) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(current_setting('claimsmith.p' || slot, true), E'\n' ORDER BY slot)
  FROM generate_series(0, last_slot) AS slot
$$;

-- Remembers what a statement touched. Called by the triggers that watch() makes.
--
-- The memory is a set of transaction-local settings, not a table: PostgreSQL rolls them back with savepoints, and reading
-- them adds no serialisation failure. claimsmith.pending = '<xid> <slot> <bytes> <fold at>', and the fragments are in
-- claimsmith.p0, p1, ... of about 4 kB, so that the thousandth statement costs what the first did. The transaction id
-- guards against a value left over in the session. Slot -1 means "everything": nothing can be added to that.
CREATE FUNCTION claimsmith.touch(touched jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  slot_bytes CONSTANT integer := 4000;
  first_fold CONSTANT integer := 32000;
  xid      text := pg_current_xact_id()::text;
  header   text[] := string_to_array(current_setting('claimsmith.pending', true), ' ');
  is_first boolean := header[1] IS DISTINCT FROM xid;
  fragment text := touched::text;
  chunk    text := '';
  slot     integer := 0;
  bytes    integer := 0;
  fold_at  integer := first_fold;
BEGIN
  IF touched IS NULL OR touched = '[]' THEN
    RETURN;
  END IF;
  IF NOT is_first THEN
    slot := header[2]; bytes := header[3]; fold_at := header[4];
    IF slot < 0 THEN
      RETURN;
    END IF;
    chunk := current_setting('claimsmith.p' || slot, true);
    IF strpos(chunk, fragment) > 0 THEN
      RETURN;
    END IF;
  END IF;
  bytes := bytes + octet_length(fragment);
  IF bytes > fold_at THEN
    -- Folding each time the text has doubled keeps the sum of all folds linear.
    fragment := claimsmith.merged(concat_ws(E'\n', CASE WHEN NOT is_first THEN claimsmith.fragments(slot) END, fragment));
    slot := CASE WHEN fragment = '[["all", null, null]]' THEN -1 ELSE 0 END;
    bytes := octet_length(fragment);
    fold_at := greatest(first_fold, 2 * bytes);
  ELSIF octet_length(chunk) + octet_length(fragment) > slot_bytes AND NOT is_first THEN
    slot := slot + 1;
  ELSIF NOT is_first THEN
    fragment := chunk || E'\n' || fragment;
  END IF;
  IF slot >= 0 THEN
    PERFORM set_config('claimsmith.p' || slot, fragment, true);
  END IF;
  PERFORM set_config('claimsmith.pending', concat_ws(' ', xid, slot, bytes, fold_at), true);
  -- Last, because under SET CONSTRAINTS ALL IMMEDIATE the marker publishes at once.
  IF is_first THEN
    INSERT INTO claimsmith.marker DEFAULT VALUES;
  END IF;
END $$;

-- What this transaction touched, folded. Settings that are gone (RESET ALL in the transaction) give "everything".
CREATE FUNCTION claimsmith.collected() RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  header text[] := string_to_array(current_setting('claimsmith.pending', true), ' ');
  folded jsonb;
BEGIN
  IF header[1] = pg_current_xact_id()::text AND header[2]::integer >= 0 THEN
    folded := claimsmith.merged(claimsmith.fragments(header[2]::integer));
  END IF;
  RETURN coalesce(folded, '[["all", null, null]]');
END $$;

-- Draws the position, writes the log rows, sends the one notification.
CREATE FUNCTION claimsmith.publish(touched jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  this_nonce  uuid := gen_random_uuid();
  this_pos    bigint;
BEGIN
  -- Nobody may be told of a change that a crash can take back.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'local', true);
  END IF;
  -- The commit lock. PostgreSQL releases it after the transaction has become visible: that is the whole proof.
  PERFORM pg_advisory_xact_lock(7305817, 1);
  this_pos := nextval('claimsmith.change_pos');
  INSERT INTO claimsmith.change (pos, ord, kind, tenant, subjects, nonce)
    SELECT this_pos, ord, item->>0, item->>1,
           CASE WHEN jsonb_typeof(item->2) = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(item->2)) END,
           this_nonce
    FROM jsonb_array_elements(touched) WITH ORDINALITY AS items(item, ord);
  -- Only the position: any database user can send a notification, so a listener reads the log in any case.
  PERFORM pg_notify('claimsmith', this_pos::text);
  PERFORM set_config('claimsmith.last_pos', this_pos::text, false);
END $$;

-- Runs once per transaction, at COMMIT. The first marker only puts a second one at the end of the queue of deferred
-- triggers: every deferred constraint of the application is then checked before the commit lock is taken. Without that,
-- a deferred foreign key that waits for a row and the commit lock can wait for each other.
CREATE FUNCTION claimsmith.at_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  touched jsonb;
BEGIN
  IF NOT NEW.requeued THEN
    INSERT INTO claimsmith.marker (requeued) VALUES (true);
    RETURN NULL;
  END IF;
  touched := claimsmith.collected();
  -- Emptied, so that a second marker of this transaction (after RESET ALL) finds nothing and publishes "everything".
  PERFORM set_config('claimsmith.pending', '', true);
  PERFORM claimsmith.publish(touched);
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON claimsmith.marker
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claimsmith.at_commit();

-- The newest position that the calling statement's snapshot sees. STABLE, because a VOLATILE function would take a snapshot
-- of its own. In a select list it runs once per row: write (SELECT claimsmith.head()). It reads the log as the owner, so that
-- a writer may be given the number without the user ids.
CREATE FUNCTION claimsmith.head() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT max(pos) FROM claimsmith.change), 0)
$$;

-- Catch-up and heartbeat: one statement, one snapshot. last NULL is a first start.
-- reset: forget everything that is cached and go on from head. True at a first start, when (last, last_nonce) is not in
-- this server's history (a failover that lost commits, a restore), when it was pruned, or when more than max_rows rows or
-- 20 * max_rows subjects would have to be sent (a heartbeat has to answer in time).
-- Not reset: changes holds [pos, kind, tenant | null, [subject, ...] | null] of every change after last, in order.
CREATE FUNCTION claimsmith.since(last bigint, last_nonce uuid, max_rows integer DEFAULT 5000)
RETURNS TABLE (head bigint, head_nonce uuid, reset boolean, changes jsonb)
LANGUAGE sql STABLE SET jit = off AS $$
  WITH newest AS (
    SELECT claimsmith.head() AS pos
  ), missed AS (
    SELECT count(*) AS n, coalesce(sum(cardinality(subjects)), 0) AS n_subjects
    FROM (SELECT subjects FROM claimsmith.change WHERE pos > since.last ORDER BY pos, ord LIMIT max_rows + 1) AS bounded
  ), verdict AS (
    SELECT newest.pos,
           since.last IS NULL
           OR missed.n > max_rows
           OR missed.n_subjects > 20 * max_rows
           OR NOT (since.last = 0 AND newest.pos = 0
                   OR EXISTS (SELECT FROM claimsmith.change WHERE pos = since.last AND nonce = last_nonce)) AS reset
    FROM newest, missed
  )
  SELECT pos,
         (SELECT nonce FROM claimsmith.change AS c WHERE c.pos = verdict.pos LIMIT 1),
         verdict.reset,
         CASE WHEN NOT verdict.reset THEN
           (SELECT coalesce(jsonb_agg(jsonb_build_array(pos, kind, tenant, subjects) ORDER BY pos, ord), '[]')
            FROM claimsmith.change WHERE pos > since.last)
         END
  FROM verdict
$$;

-- Deletes old positions, always a prefix and never the newest: a reader whose last position is still there has missed
-- nothing, and head() never goes back. Any number of instances may call it; one works, the others return 0 at once.
-- It belongs to the owner, so that the service needs no right to delete; the least it keeps is one minute.
CREATE FUNCTION claimsmith.prune(keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  deleted bigint;
BEGIN
  IF keep IS NULL OR keep < interval '1 minute' THEN
    RAISE EXCEPTION 'claimsmith.prune: keep must be at least one minute, got %', coalesce(keep::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT pg_try_advisory_xact_lock(7305817, 2) THEN
    RETURN 0;
  END IF;
  -- A marker that can be seen belongs to a finished transaction, and has done its work.
  DELETE FROM claimsmith.marker;
  DELETE FROM claimsmith.change
  WHERE pos <= (SELECT max(pos) FROM claimsmith.change WHERE at < now() - keep)
    AND pos < claimsmith.head();
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $$;

-- The last position that this session drew, NULL if none. For writers who want to read their own writes.
CREATE FUNCTION claimsmith.position() RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('claimsmith.last_pos', true), '')::bigint
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA claimsmith FROM PUBLIC;
