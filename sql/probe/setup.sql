-- The canary of the revocation probe, and the role that may change it and nothing else. Run as the owner, who also needs
-- CREATEROLE, after the migrations; \password claimsmith_probe asks for the password. See sql/README.md.

INSERT INTO claimsmith_data.tenant (id, name) VALUES ('canary', 'Canary');
INSERT INTO claimsmith_data.role (tenant_id, role, name) VALUES ('canary', 'canary', 'canary');
INSERT INTO claimsmith_data.membership (tenant_id, user_id) VALUES ('canary', 'canary');

-- A role belongs to all databases of the server, so it may be there already.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'claimsmith_probe') THEN
    CREATE ROLE claimsmith_probe LOGIN;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO claimsmith_probe', current_database());
END $$;
GRANT USAGE ON SCHEMA claimsmith, claimsmith_data TO claimsmith_probe;
GRANT EXECUTE ON FUNCTION claimsmith.consistency_token() TO claimsmith_probe;
GRANT SELECT, INSERT, DELETE ON claimsmith_data.membership_role TO claimsmith_probe;

-- Without this, whoever learns the probe's password could grant any role to anybody. Nothing changes for other roles: the
-- first policy lets them do what their privileges allow, the second narrows the probe to one row.
ALTER TABLE claimsmith_data.membership_role ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_before ON claimsmith_data.membership_role USING (true) WITH CHECK (true);
CREATE POLICY probe_is_confined ON claimsmith_data.membership_role AS RESTRICTIVE TO claimsmith_probe
  USING (tenant_id = 'canary' AND user_id = 'canary' AND role = 'canary');
