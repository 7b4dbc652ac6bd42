-- Tables as an application may already have them; own_tables.sql connects them. Nothing of claimsmith is in here.

CREATE SCHEMA app;

CREATE TABLE app.tenants (
  id        uuid    PRIMARY KEY,
  name      text    NOT NULL,
  subdomain text    NOT NULL UNIQUE,
  closed    boolean NOT NULL DEFAULT false
);

CREATE TABLE app.users (
  id             uuid PRIMARY KEY,
  email          text NOT NULL,
  locale         text NOT NULL DEFAULT 'en',
  home_tenant_id uuid REFERENCES app.tenants
);

CREATE TABLE app.logins (
  provider text NOT NULL,
  subject  text NOT NULL,
  user_id  uuid NOT NULL REFERENCES app.users ON DELETE CASCADE,
  PRIMARY KEY (provider, subject)
);

CREATE TABLE app.roles (
  tenant_id uuid    NOT NULL REFERENCES app.tenants ON DELETE CASCADE,
  id        integer NOT NULL,
  name      text    NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE app.role_permissions (
  tenant_id uuid    NOT NULL,
  role_id   integer NOT NULL,
  perm      text    NOT NULL,
  PRIMARY KEY (tenant_id, role_id, perm),
  FOREIGN KEY (tenant_id, role_id) REFERENCES app.roles ON DELETE CASCADE
);

-- One row per user and role: who has no role in a tenant is not in it.
CREATE TABLE app.memberships (
  tenant_id  uuid        NOT NULL,
  user_id    uuid        NOT NULL REFERENCES app.users ON DELETE CASCADE,
  role_id    integer     NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, role_id),
  FOREIGN KEY (tenant_id, role_id) REFERENCES app.roles ON DELETE CASCADE
);
CREATE INDEX memberships_by_user ON app.memberships (user_id);
CREATE INDEX memberships_by_role ON app.memberships (tenant_id, role_id);
