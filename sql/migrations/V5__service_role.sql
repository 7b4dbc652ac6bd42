-- The rights of the service: it reads the contract and the log, and may prune. It cannot see a table of the adopter.

-- Run by the owner, once for each login role of the service, and again after replacing a view: a new view has no grants.
CREATE FUNCTION claimsmith.grant_service(role name) RETURNS void
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
    'claimsmith.prune(interval), claimsmith.position() TO %I', grant_service.role);
END $$;

REVOKE ALL ON FUNCTION claimsmith.grant_service(name) FROM PUBLIC;
