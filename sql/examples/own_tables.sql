-- Bring your own tables: the contract views over the schema of own_tables_schema.sql, and the watches that go with them.
-- Run as the owner of schema claimsmith, who needs SELECT and TRIGGER on the tables. Apply it after the migrations.
--
-- DROP and CREATE, not CREATE OR REPLACE: the ids are uuid here, and a view cannot change the type of a column.
-- One transaction: the service sees the old views or the new ones, and its cache is emptied by the same COMMIT.

BEGIN;

DROP VIEW claimsmith.tenant, claimsmith.identity, claimsmith.membership, claimsmith.role;

-- claimsmith.issuer stays: this application has no table of issuers, and uses the default one.

CREATE VIEW claimsmith.tenant AS
  SELECT id AS tenant_id, name, closed AS suspended,
         jsonb_build_object('host', jsonb_build_array(subdomain || '.app.example')) AS hints,
         '{main}'::text[] AS trusted_issuers, NULL::text[] AS allowed_clients, NULL::jsonb AS claim_template
  FROM app.tenants;

CREATE VIEW claimsmith.identity AS
  SELECT provider AS issuer_id, subject, user_id
  FROM app.logins;

-- The table has a row per role, the view a row per user: "no smaller role" keeps the first. GROUP BY would say it more
-- plainly, but PostgreSQL works out such a group for the whole tenant before it picks the users that were asked for.
-- The key of a role is its id, because that is what the watched tables hold. Claims show the name.
CREATE VIEW claimsmith.membership AS
  SELECT m.tenant_id, m.user_id,
         ARRAY(SELECT r.role_id::text
               FROM app.memberships AS r
               WHERE r.tenant_id = m.tenant_id AND r.user_id = m.user_id
               ORDER BY r.role_id::text COLLATE "C") AS roles,
         jsonb_build_object('locale', u.locale) AS attributes,
         coalesce(u.home_tenant_id = m.tenant_id, false) AS is_default,
         NULL::timestamptz AS lapses_at
  FROM app.memberships AS m
  JOIN app.users AS u ON u.id = m.user_id
  WHERE NOT EXISTS (SELECT FROM app.memberships AS smaller
                    WHERE smaller.tenant_id = m.tenant_id AND smaller.user_id = m.user_id AND smaller.role_id < m.role_id);

CREATE VIEW claimsmith.role AS
  SELECT r.tenant_id, r.id::text AS role, r.name,
         ARRAY(SELECT p.perm
               FROM app.role_permissions AS p
               WHERE p.tenant_id = r.tenant_id AND p.role_id = r.id
               ORDER BY p.perm COLLATE "C") AS permissions
  FROM app.roles AS r;

-- Every table under the views, and for each the columns that say who is concerned.
SELECT claimsmith.watch('app.tenants',          'id',        NULL,      'catalog', '{name,subdomain,closed}'),
       claimsmith.watch('app.logins',           NULL,        'subject', 'identity'),
       claimsmith.watch('app.memberships',      'tenant_id', 'user_id', 'user'),
       -- A user's own row counts in every tenant of that user, and only when one of these columns differs.
       claimsmith.watch('app.users',            NULL,        'id',      'user',    '{locale,home_tenant_id}'),
       claimsmith.watch('app.roles',            'tenant_id', 'id',      'role',    '{name}'),
       claimsmith.watch('app.role_permissions', 'tenant_id', 'role_id', 'role');

-- A new definition changes answers without changing a row, so say that everything changed.
SELECT claimsmith.touch('[["all", null, null]]');

-- New views have no grants.
SELECT claimsmith.grant_service('claimsmith_service');

COMMIT;
