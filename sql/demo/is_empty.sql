-- Whether the demo's data are still to be loaded.
SELECT NOT EXISTS (SELECT FROM claimsmith_data.tenant)
