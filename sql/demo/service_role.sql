-- The role that the demo serves as: it reads the contract and nothing else.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'claimsmith_service') THEN
    CREATE ROLE claimsmith_service LOGIN;
  END IF;
END $$;
SELECT claimsmith.grant_service('claimsmith_service');
