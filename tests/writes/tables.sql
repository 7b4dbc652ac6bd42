-- Tables of an adopter that change in every way that PostgreSQL knows: partitioned, cascading, shared by all tenants, with
-- deferred constraints.
CREATE SCHEMA app;
CREATE TABLE app.person (tenant text, id text, PRIMARY KEY (tenant, id));
CREATE TABLE app.held (tenant text, person text, role text, PRIMARY KEY (tenant, person, role)) PARTITION BY LIST (tenant);
CREATE TABLE app.held_acme PARTITION OF app.held FOR VALUES IN ('acme');
CREATE TABLE app.held_rest PARTITION OF app.held DEFAULT;
CREATE TABLE app.team (id text PRIMARY KEY);
CREATE TABLE app.team_role (
  tenant text, person text, role text,
  team text REFERENCES app.team ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (tenant, person, role));
CREATE TABLE app.everywhere (person text, role text, PRIMARY KEY (person, role));
CREATE TABLE app.permission (role text, permission text, PRIMARY KEY (role, permission));
CREATE TABLE app.unrelated (id integer);
CREATE VIEW app.held_by_alice AS SELECT tenant, person, role FROM app.held WHERE person = 'alice';

DROP VIEW claimsmith.membership;
CREATE VIEW claimsmith.membership AS
  SELECT p.tenant AS tenant_id, p.id AS user_id,
         ARRAY(SELECT role FROM app.held WHERE tenant = p.tenant AND person = p.id
               UNION SELECT role FROM app.team_role WHERE tenant = p.tenant AND person = p.id
               UNION SELECT role FROM app.everywhere WHERE person = p.id ORDER BY 1) AS roles,
         NULL::jsonb AS attributes, false AS is_default, NULL::timestamptz AS lapses_at
  FROM app.person AS p;
DROP VIEW claimsmith.role;
CREATE VIEW claimsmith.role AS
  SELECT t.tenant_id, r.role, r.role AS name,
         ARRAY(SELECT permission FROM app.permission WHERE role = r.role ORDER BY 1) AS permissions
  FROM claimsmith.tenant AS t CROSS JOIN (VALUES ('viewer'), ('editor'), ('owner'), ('auditor')) AS r (role);

SELECT claimsmith.watch('app.person', 'tenant', 'id'),
       claimsmith.watch('app.held', 'tenant', 'person'),
       claimsmith.watch('app.team_role', 'tenant', 'person'),
       claimsmith.watch('app.everywhere', NULL, 'person'),
       claimsmith.watch('app.permission', NULL, 'role', 'role');
SELECT claimsmith.grant_service('claimsmith_service');
SELECT claimsmith.touch('[["all", null, null]]');
