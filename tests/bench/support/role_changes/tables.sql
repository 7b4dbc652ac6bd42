-- An application's own tables: bench.tenants tenants of bench.members members, one role each, and a table without roles.
CREATE SCHEMA app;

CREATE TABLE app.tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.roles (tenant_id uuid NOT NULL, id integer NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, id));
-- Half of each page is free, so that a bulk update finds room beside the old rows in every variant.
CREATE TABLE app.memberships (
  tenant_id uuid NOT NULL, user_id uuid NOT NULL, role_id integer NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role_id)) WITH (fillfactor = 50);
CREATE TABLE app.orders (id integer PRIMARY KEY, lines integer NOT NULL DEFAULT 0) WITH (fillfactor = 50);

INSERT INTO app.tenants (id, name)
  SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(t), 12, '0'))::uuid, 'Tenant ' || t
  FROM generate_series(1, current_setting('bench.tenants')::int) AS t;
INSERT INTO app.roles (tenant_id, id, name)
  SELECT t.id, r.id, 'role ' || r.id FROM app.tenants AS t CROSS JOIN generate_series(1, 3) AS r (id);
-- Not random, so that runs can be compared; spread like random ones.
INSERT INTO app.memberships (tenant_id, user_id, role_id)
  SELECT t.id, md5(t.id || '/' || n)::uuid, n % 3 + 1
  FROM app.tenants AS t CROSS JOIN generate_series(1, current_setting('bench.members')::int) AS n;
INSERT INTO app.orders (id) SELECT generate_series(1, 10000);

ANALYZE;
