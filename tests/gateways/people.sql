-- Members of acme besides alice, each for one row of the matrix.
INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id)
  SELECT 'acme-idp', who, who FROM unnest('{nora,mona,max,olga,zoe,rita}'::text[]) AS who;
INSERT INTO claimsmith_data.membership (tenant_id, user_id, is_default)
  SELECT 'acme', who, true FROM unnest('{nora,mona,max,olga,zoe,rita}'::text[]) AS who;
-- Roles of 20 bytes: 2 KiB of them, 14 KiB, 16 KiB.
INSERT INTO claimsmith_data.role (tenant_id, role, name)
  SELECT 'acme', 'role-' || n, 'role-' || lpad(n::text, 15, '0') FROM generate_series(1, 800) n;
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
  SELECT 'acme', who, 'role-' || n
  FROM (VALUES ('mona', 100), ('max', 690), ('olga', 800)) AS members(who, roles), generate_series(1, roles) n;
INSERT INTO claimsmith_data.role (tenant_id, role, name) VALUES ('acme', 'strange', E'Zürich, 100 %\r\nx-auth-user: root');
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES
  ('acme', 'zoe', 'strange'), ('acme', 'zoe', 'viewer'), ('acme', 'rita', 'admin');
