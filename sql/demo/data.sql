-- The data of the demo, for a fresh directory (after the migrations): a few readable tenants and one large one.
-- One transaction, so one position and one notification for all of it.

BEGIN;

INSERT INTO claimsmith_data.issuer (id, issuer) VALUES
  ('acme-auth0',   '{https://acme.eu.auth0.com/}'),
  ('globex-entra', '{https://login.microsoftonline.com/7d1c2f0e-5b6a-4c3d-9e8f-0a1b2c3d4e5f/v2.0}');

INSERT INTO claimsmith_data.tenant (id, name, suspended, hints, trusted_issuers) VALUES
  ('acme',     'Acme',     false, '{"organization": ["org_acme"],     "host": ["acme.app.example"]}',     '{acme-auth0}'),
  ('globex',   'Globex',   false, '{"organization": ["org_globex"],   "host": ["globex.app.example"]}',   '{globex-entra,acme-auth0}'),
  ('initech',  'Initech',  true,  '{"organization": ["org_initech"],  "host": ["initech.app.example"]}',  '{acme-auth0}'),
  ('megacorp', 'Megacorp', false, '{"organization": ["org_megacorp"], "host": ["megacorp.app.example"]}', '{globex-entra}');

INSERT INTO claimsmith_data.role (tenant_id, role, name)
  SELECT tenant.id, role.key, role.name
  FROM claimsmith_data.tenant
  CROSS JOIN (VALUES
    ('viewer', 'viewer'), ('editor', 'editor'), ('admin', 'admin'), ('billing', 'billing')) AS role(key, name);

INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission)
  SELECT tenant.id, granted.role, granted.permission
  FROM claimsmith_data.tenant
  CROSS JOIN (VALUES
    ('viewer',  'document:read'),
    ('editor',  'document:read'), ('editor',  'document:write'),
    ('admin',   'document:read'), ('admin',   'document:write'), ('admin', 'member:read'), ('admin', 'member:write'),
    ('billing', 'invoice:read'),  ('billing', 'invoice:write')) AS granted(role, permission);

INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) VALUES
  ('acme-auth0',   'auth0|alice',                          'alice'),
  ('acme-auth0',   'auth0|bob',                            'bob'),
  ('acme-auth0',   'auth0|carol',                          'carol'),
  ('globex-entra', '0a7c1d52-3f0b-4c59-8a66-1c7f0e9b2d34', 'alice'),
  ('globex-entra', '5e2b9f18-64d1-4b0e-9c3a-7f8d6a5b4c21', 'bob');

INSERT INTO claimsmith_data.membership (tenant_id, user_id, is_default, attributes) VALUES
  ('acme',    'alice', true,  '{"department": "finance"}'),
  ('globex',  'alice', false, '{}'),
  ('globex',  'bob',   true,  '{"department": "sales"}'),
  ('initech', 'carol', true,  '{}');

INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES
  ('acme',    'alice', 'admin'),
  ('acme',    'alice', 'billing'),
  ('globex',  'alice', 'viewer'),
  ('globex',  'bob',   'editor'),
  ('initech', 'carol', 'viewer');

-- user-000001 ... user-100000, one role each: 1 % admin, 9 % viewer, 90 % editor.
INSERT INTO claimsmith_data.membership (tenant_id, user_id, is_default)
  SELECT 'megacorp', 'user-' || lpad(n::text, 6, '0'), true
  FROM generate_series(1, 100000) AS n;

INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
  SELECT 'megacorp', 'user-' || lpad(n::text, 6, '0'),
         CASE WHEN n % 100 = 1 THEN 'admin' WHEN n % 100 BETWEEN 2 AND 10 THEN 'viewer' ELSE 'editor' END
  FROM generate_series(1, 100000) AS n;

COMMIT;

-- Outside the transaction: the first queries should not plan for empty tables.
ANALYZE claimsmith_data.membership, claimsmith_data.membership_role;
