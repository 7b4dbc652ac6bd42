-- What each write starts from.
TRUNCATE app.person, app.held, app.team_role, app.team, app.everywhere, app.permission, app.unrelated;
INSERT INTO app.person SELECT t, p FROM unnest('{acme,globex}'::text[]) AS t, unnest('{alice,bob}'::text[]) AS p;
INSERT INTO app.held VALUES ('acme', 'alice', 'viewer'), ('globex', 'alice', 'viewer'), ('acme', 'bob', 'editor');
INSERT INTO app.team VALUES ('red'), ('blue');
INSERT INTO app.team_role VALUES ('acme', 'bob', 'owner', 'red'), ('globex', 'bob', 'owner', 'blue'), ('globex', 'alice', 'owner', 'red');
INSERT INTO app.everywhere VALUES ('bob', 'auditor');
INSERT INTO app.permission VALUES ('viewer', 'read'), ('editor', 'write');
