-- The newest migration that has run here.
SELECT max(version)::int AS version FROM claimsmith.schema_history
