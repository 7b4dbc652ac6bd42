-- The data that every test starts from: small, and each row used by a test.
BEGIN;
INSERT INTO claimsmith_data.issuer (id, issuer) VALUES
  ('auth0', '{https://acme.eu.auth0.com/}'), ('entra', '{https://login.example/v2.0}');
INSERT INTO claimsmith_data.issuer (id, issuer, enabled) VALUES ('retired', '{https://retired.example/}', false);
INSERT INTO claimsmith_data.tenant (id, name, suspended, hints, trusted_issuers) VALUES
  ('acme', 'Acme', false, '{"organization": ["org_acme"], "host": ["acme.app.example"], "client_id": ["acme-spa", "shared-spa"]}', '{auth0}'),
  ('globex', 'Globex', false, '{"organization": ["org_globex"], "client_id": ["shared-spa"]}', '{auth0,entra}'),
  ('initech', 'Initech', true, '{}', '{auth0}'),
  ('big', 'Big', false, '{}', '{auth0}');
INSERT INTO claimsmith_data.role (tenant_id, role, name)
  SELECT t.id, r.key, r.name FROM claimsmith_data.tenant t,
  (VALUES ('admin', 'admin'), ('viewer', 'viewer'), ('editor', 'editor')) AS r(key, name);
INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission)
  SELECT t.id, r.role, r.permission FROM claimsmith_data.tenant t,
  (VALUES ('admin', 'doc:write'), ('admin', 'doc:read'), ('viewer', 'doc:read'), ('editor', 'doc:edit')) AS r(role, permission);
INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) VALUES
  ('auth0', 'auth0|alice', 'alice'), ('entra', 'e-alice', 'alice'), ('auth0', 'auth0|bob', 'bob'), ('auth0', 'auth0|carol', 'carol');
INSERT INTO claimsmith_data.membership (tenant_id, user_id, is_default) VALUES
  ('acme', 'alice', true), ('globex', 'alice', false), ('globex', 'bob', false), ('initech', 'carol', true);
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES
  ('acme', 'alice', 'admin'), ('globex', 'alice', 'viewer'), ('globex', 'bob', 'viewer'), ('initech', 'carol', 'viewer');
-- 2,000 members of one tenant.
INSERT INTO claimsmith_data.membership (tenant_id, user_id) SELECT 'big', 'user-' || n FROM generate_series(1, 2000) n;
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
  SELECT 'big', 'user-' || n, CASE WHEN n % 2 = 0 THEN 'editor' ELSE 'viewer' END FROM generate_series(1, 2000) n;
COMMIT;
