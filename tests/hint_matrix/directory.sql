-- The directory of the hint matrix. Every value that has the name of a tenant in it is listed by that tenant alone.
INSERT INTO claimsmith_data.issuer (id, issuer) VALUES
  ('shared-idp', '{https://shared-idp.example/}'), ('globex-idp', '{https://globex-idp.example/}'),
  ('initech-idp', '{https://initech-idp.example/}');
INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) VALUES
  ('shared-idp', 'alice', 'alice'), ('globex-idp', 'alice', 'alice'), ('initech-idp', 'alice', 'alice');
INSERT INTO claimsmith_data.membership (tenant_id, user_id) VALUES ('big', 'alice');
UPDATE claimsmith_data.tenant SET trusted_issuers = '{shared-idp}', hints = '{
    "organization": ["org_acme"], "host": ["www.acme.example"], "connection": ["acme-saml", "shared-saml"],
    "client_id": ["acme-spa", "shared-spa", "acme-or-big-spa"],
    "audience": ["https://acme.example/api", "https://shared.example/api"],
    "login_hint": ["acme.example", "shared.example"]}' WHERE id = 'acme';
UPDATE claimsmith_data.tenant SET trusted_issuers = '{globex-idp,shared-idp}', hints = '{
    "organization": ["org_globex", "org_twice"], "host": ["www.globex.example", "big.app.example"],
    "connection": ["globex-saml", "shared-saml"], "client_id": ["globex-spa", "shared-spa", "globex-or-big-spa"],
    "audience": ["https://globex.example/api", "https://shared.example/api"],
    "login_hint": ["globex.example", "shared.example"]}' WHERE id = 'globex';
UPDATE claimsmith_data.tenant SET trusted_issuers = '{shared-idp}', hints = '{
    "organization": ["org_twice"], "client_id": ["acme-or-big-spa", "globex-or-big-spa"],
    "audience": ["https://big-or-initech.example/api"]}' WHERE id = 'big';
UPDATE claimsmith_data.tenant SET trusted_issuers = '{globex-idp,initech-idp,shared-idp}', hints = '{
    "organization": ["org_initech"], "audience": ["https://big-or-initech.example/api"]}' WHERE id = 'initech';
