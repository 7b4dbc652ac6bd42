-- The contract over the application's tables, and the watches that go with it.
BEGIN;
DROP VIEW claimsmith.tenant, claimsmith.membership, claimsmith.role;

CREATE VIEW claimsmith.tenant AS
  SELECT id AS tenant_id, name, false AS suspended, '{}'::jsonb AS hints, '{}'::text[] AS trusted_issuers,
         NULL::text[] AS allowed_clients, NULL::jsonb AS claim_template
  FROM app.tenants;

CREATE VIEW claimsmith.membership AS
  SELECT tenant_id, user_id, ARRAY[role_id::text] AS roles, '{}'::jsonb AS attributes, false AS is_default,
         NULL::timestamptz AS lapses_at
  FROM app.memberships;

CREATE VIEW claimsmith.role AS
  SELECT tenant_id, id::text AS role, name, '{}'::text[] AS permissions
  FROM app.roles;

SELECT claimsmith.watch('app.tenants',     'id',        NULL,      'catalog'),
       claimsmith.watch('app.memberships', 'tenant_id', 'user_id', 'user'),
       claimsmith.watch('app.roles',       'tenant_id', 'id',      'role');
COMMIT;
