-- Tables for adopters who have none of their own. The service never reads them directly: it reads the contract views.
-- Ids are text, chosen by the adopter, and do not change. An e-mail address is never a key here.
--
-- Absent on purpose: users. A user is an id; names and addresses stay with the application.

CREATE SCHEMA claimsmith_data;

CREATE TABLE claimsmith_data.tenant (
  id              text    PRIMARY KEY CHECK (id <> ''),
  name            text    NOT NULL,
  suspended       boolean NOT NULL DEFAULT false,
  hints           jsonb   NOT NULL DEFAULT '{}',
  trusted_issuers text[]  NOT NULL DEFAULT '{}' CHECK (array_position(trusted_issuers, NULL) IS NULL),
  allowed_clients text[]  CHECK (array_position(allowed_clients, NULL) IS NULL),
  claim_template  jsonb,
  CONSTRAINT hints_is_an_object CHECK (jsonb_typeof(hints) = 'object'),
  CONSTRAINT hints_has_known_kinds CHECK (
    hints - '{organization,host,client_id,audience,connection,login_hint}'::text[] = '{}'),
  -- "strict", because the default mode would look inside the arrays that it is to find.
  CONSTRAINT hints_are_arrays CHECK (NOT hints @? 'strict $.* ? (@.type() != "array")'),
  CONSTRAINT hints_are_strings CHECK (NOT hints @? 'strict $.*[*] ? (@.type() != "string")'),
  CONSTRAINT claim_template_is_an_object CHECK (jsonb_typeof(claim_template) = 'object')
);
COMMENT ON COLUMN claimsmith_data.tenant.hints           IS 'Kind of hint -> values that name this tenant';
COMMENT ON COLUMN claimsmith_data.tenant.trusted_issuers IS 'Ids of issuers whose tokens may speak for this tenant';
COMMENT ON COLUMN claimsmith_data.tenant.allowed_clients IS 'Client ids that may ask for this tenant; NULL: any';
COMMENT ON COLUMN claimsmith_data.tenant.claim_template  IS 'NULL: the template of the service';

CREATE TABLE claimsmith_data.issuer (
  id       text    PRIMARY KEY CHECK (id <> ''),
  issuer   text[]  NOT NULL CHECK (cardinality(issuer) > 0 AND array_position(issuer, NULL) IS NULL),
  enabled  boolean NOT NULL DEFAULT true,
  settings jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object')
);
COMMENT ON COLUMN claimsmith_data.issuer.issuer IS 'Every accepted spelling of the iss claim';

CREATE TABLE claimsmith_data.identity (
  issuer_id text NOT NULL REFERENCES claimsmith_data.issuer ON DELETE CASCADE,
  subject   text NOT NULL CHECK (subject <> ''),
  user_id   text NOT NULL CHECK (user_id <> ''),
  PRIMARY KEY (issuer_id, subject)
);
CREATE INDEX identity_by_user ON claimsmith_data.identity (user_id);

CREATE TABLE claimsmith_data.role (
  tenant_id text NOT NULL REFERENCES claimsmith_data.tenant ON DELETE CASCADE,
  role      text NOT NULL CHECK (role <> ''),
  name      text NOT NULL,
  PRIMARY KEY (tenant_id, role)
);
COMMENT ON COLUMN claimsmith_data.role.role IS 'Key of the role, unique in its tenant';
COMMENT ON COLUMN claimsmith_data.role.name IS 'What claims show; a change reaches the next token';

CREATE TABLE claimsmith_data.role_permission (
  tenant_id  text NOT NULL,
  role       text NOT NULL,
  permission text NOT NULL CHECK (permission <> ''),
  PRIMARY KEY (tenant_id, role, permission),
  FOREIGN KEY (tenant_id, role) REFERENCES claimsmith_data.role ON DELETE CASCADE
);

CREATE TABLE claimsmith_data.membership (
  tenant_id  text    NOT NULL REFERENCES claimsmith_data.tenant ON DELETE CASCADE,
  user_id    text    NOT NULL CHECK (user_id <> ''),
  is_default boolean NOT NULL DEFAULT false,
  attributes jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  expires_at timestamptz,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX membership_by_user ON claimsmith_data.membership (user_id);
CREATE UNIQUE INDEX one_default_membership_per_user ON claimsmith_data.membership (user_id) WHERE is_default;

CREATE TABLE claimsmith_data.membership_role (
  tenant_id  text NOT NULL,
  user_id    text NOT NULL,
  role       text NOT NULL,
  expires_at timestamptz,
  -- The role is part of the key, so that the key alone answers "which roles": an index without it costs 2.5 times as much.
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES claimsmith_data.membership ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, role)    REFERENCES claimsmith_data.role ON DELETE CASCADE
);
-- For the cascade from role, which would read the whole table without it.
CREATE INDEX membership_role_by_role ON claimsmith_data.membership_role (tenant_id, role);
