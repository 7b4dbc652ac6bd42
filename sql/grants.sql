-- Two roles: one owns schema claimsmith and runs the migrations, one serves. Run with psql; \password asks for each password.
--
--   psql -d app -f sql/grants.sql
--
-- Part 1 needs CREATEROLE, part 2 a right on the database, part 3 the migrations to have run.

-- 1. The roles.
CREATE ROLE claimsmith_owner   LOGIN;
CREATE ROLE claimsmith_service LOGIN;
-- \password claimsmith_owner
-- \password claimsmith_service

-- Compiling the small queries of the service costs far more than running them.
ALTER ROLE claimsmith_service SET jit = off;
-- A listener that is idle in a transaction holds up the notifications of the whole server.
ALTER ROLE claimsmith_service SET idle_in_transaction_session_timeout = '10s';

-- 2. The owner makes its two schemas.
SELECT format('GRANT CREATE, CONNECT ON DATABASE %I TO claimsmith_owner', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO claimsmith_service', current_database()) \gexec

-- With tables of your own, the owner also reads them (for the views) and adds triggers to them (for watch). For example:
-- GRANT USAGE ON SCHEMA app TO claimsmith_owner;
-- GRANT SELECT, TRIGGER ON app.memberships, app.roles TO claimsmith_owner;

-- 3. After the migrations, as the owner; and again after replacing a view.
-- SELECT claimsmith.grant_service('claimsmith_service');

-- Optional: the revocation probe has a role of its own: sql/probe/setup.sql.

-- Optional: a role that writes, and asks for its position afterwards. Writing itself needs nothing here.
-- GRANT USAGE ON SCHEMA claimsmith TO app_writer;
-- GRANT EXECUTE ON FUNCTION claimsmith.consistency_token() TO app_writer;
