-- Proof of history for everybody who holds a position: the loads of the service, and writers who want to read their own
-- writes. A position alone is a number that another server may draw too, after a failover that lost commits.

-- What to send as at_least, so that the answer contains everything that the calling transaction has changed so far and
-- everything that had committed before: '<position>.<nonce>'. One call, last in the writer's own transaction or at any time
-- after its COMMIT; since the second reads the log and no setting of the session, it is right behind a pooler too.
-- Called inside a transaction that changed something watched, it draws the position at once and holds the commit lock until
-- the end. What the transaction changes after that gets a position of its own, which the token does not contain. It has to be
-- a statement of its own: in RETURNING, or beside a WITH that writes, it runs before the triggers of that statement. And
-- deferred constraints are checked after it, with the commit lock held: where they wait for rows of others, make them
-- immediate first, or call it after COMMIT.
CREATE FUNCTION claimsmith.consistency_token() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'claimsmith.consistency_token: this is a standby, which may not have your write yet'
      USING ERRCODE = 'read_only_sql_transaction', HINT = 'Ask the primary, best in the transaction that writes.';
  END IF;
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    SET CONSTRAINTS claimsmith.at_commit IMMEDIATE;
    SET CONSTRAINTS claimsmith.at_commit DEFERRED;
  END IF;
  RETURN coalesce(
    (SELECT pos || '.' || replace(nonce::text, '-', '') FROM claimsmith.change ORDER BY pos DESC, ord DESC LIMIT 1), '0');
END $$;

-- As since(last, last_nonce, max_rows), and two things more. Each change carries its nonce: [pos, kind, tenant, subjects,
-- nonce]. And reset is also true when one of the places that the caller has seen elsewhere is not in this log: a load that
-- was answered before this statement was sent cannot know more than this server does, unless it has another history.
CREATE FUNCTION claimsmith.since(last bigint, last_nonce uuid, max_rows integer, seen_positions bigint[], seen_nonces uuid[])
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
                   OR EXISTS (SELECT FROM claimsmith.change WHERE pos = since.last AND nonce = last_nonce))
           OR EXISTS (SELECT FROM unnest(seen_positions, seen_nonces) AS seen(pos, nonce)
                      WHERE NOT EXISTS (SELECT FROM claimsmith.change AS c WHERE c.pos = seen.pos AND c.nonce = seen.nonce))
           AS reset
    FROM newest, missed
  )
  SELECT pos,
         (SELECT nonce FROM claimsmith.change AS c WHERE c.pos = verdict.pos LIMIT 1),
         verdict.reset,
         CASE WHEN NOT verdict.reset THEN
           (SELECT coalesce(jsonb_agg(jsonb_build_array(pos, kind, tenant, subjects, nonce) ORDER BY pos, ord), '[]')
            FROM claimsmith.change WHERE pos > since.last)
         END
  FROM verdict
$$;

CREATE OR REPLACE FUNCTION claimsmith.grant_service(role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  readable text := 'claimsmith.tenant, claimsmith.issuer, claimsmith.identity, claimsmith.membership, claimsmith.role, '
                   'claimsmith.change, claimsmith.watched, claimsmith.problems';
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = grant_service.role) THEN
    RAISE EXCEPTION 'claimsmith.grant_service: there is no role %', coalesce(quote_ident(grant_service.role), 'NULL')
      USING ERRCODE = 'undefined_object', HINT = 'Create it first: CREATE ROLE ... LOGIN.';
  END IF;
  -- The migrator's table; absent when the files were applied by hand.
  IF to_regclass('claimsmith.schema_history') IS NOT NULL THEN
    readable := readable || ', claimsmith.schema_history';
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA claimsmith TO %I', grant_service.role);
  EXECUTE format('GRANT SELECT ON %s TO %I', readable, grant_service.role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION claimsmith.head(), claimsmith.since(bigint, uuid, integer), '
    'claimsmith.since(bigint, uuid, integer, bigint[], uuid[]), claimsmith.prune(interval), claimsmith.position(), '
    'claimsmith.consistency_token() TO %I', grant_service.role);
END $$;

REVOKE ALL ON FUNCTION claimsmith.grant_service(name), claimsmith.consistency_token(),
  claimsmith.since(bigint, uuid, integer, bigint[], uuid[]) FROM PUBLIC;

-- Services that are granted already need the new functions before their next release starts. Who has only the function, and
-- not the views, is no service.
SELECT claimsmith.grant_service(pg_get_userbyid(granted.grantee))
FROM pg_proc AS known
CROSS JOIN LATERAL aclexplode(known.proacl) AS granted
WHERE known.oid = 'claimsmith.since(bigint, uuid, integer)'::regprocedure
  AND granted.grantee NOT IN (0, known.proowner)
  AND has_table_privilege(granted.grantee, 'claimsmith.membership', 'SELECT');
