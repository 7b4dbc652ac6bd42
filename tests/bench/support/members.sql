-- bench.tenants tenants of bench.members members each: 1 % admin, 9 % viewer, 90 % editor; one identity for each user.
BEGIN;
-- No triggers and no foreign keys: a million rows take seconds instead of minutes.
SET LOCAL session_replication_role = replica;
TRUNCATE claimsmith_data.tenant, claimsmith_data.issuer, claimsmith_data.identity, claimsmith_data.role,
  claimsmith_data.role_permission, claimsmith_data.membership, claimsmith_data.membership_role;

INSERT INTO claimsmith_data.issuer (id, issuer) VALUES ('idp', '{https://idp.example/}');

INSERT INTO claimsmith_data.tenant (id, name, trusted_issuers)
  SELECT 't' || t, 'Tenant ' || t, '{idp}' FROM generate_series(0, current_setting('bench.tenants')::int - 1) AS t;

INSERT INTO claimsmith_data.role (tenant_id, role, name)
  SELECT id, role, role FROM claimsmith_data.tenant CROSS JOIN unnest('{admin,viewer,editor}'::text[]) AS role;

INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission)
  SELECT id, granted.role, granted.permission
  FROM claimsmith_data.tenant
  CROSS JOIN (VALUES
    ('viewer', 'document:read'),
    ('editor', 'document:read'), ('editor', 'document:write'),
    ('admin',  'document:read'), ('admin',  'document:write'), ('admin', 'member:write')) AS granted(role, permission);

CREATE TEMPORARY TABLE member ON COMMIT DROP AS
  SELECT 't' || n / current_setting('bench.members')::int AS tenant_id,
         CASE current_setting('bench.ids')
           WHEN 'Short' THEN 'u' || n
           ELSE lpad(to_hex(n), 8, '0') || '-7d1c-4f0e-9b6a-' || lpad(to_hex(n), 12, '0')
         END AS user_id,
         CASE WHEN n % 100 = 1 THEN 'admin' WHEN n % 100 BETWEEN 2 AND 10 THEN 'viewer' ELSE 'editor' END AS role
  FROM generate_series(0, current_setting('bench.tenants')::int * current_setting('bench.members')::int - 1) AS n;

INSERT INTO claimsmith_data.membership (tenant_id, user_id) SELECT tenant_id, user_id FROM member;
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) SELECT tenant_id, user_id, role FROM member;
INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) SELECT 'idp', 'sub|' || user_id, user_id FROM member;
COMMIT;

ANALYZE claimsmith_data.tenant, claimsmith_data.role, claimsmith_data.role_permission, claimsmith_data.identity,
  claimsmith_data.membership, claimsmith_data.membership_role;
