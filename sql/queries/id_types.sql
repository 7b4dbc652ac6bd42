-- The types of the adopter's id columns, so that parameters are cast to them and their indexes are used.
SELECT (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.membership'::regclass AND a.attname = 'tenant_id') AS tenant_id,
       (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.membership'::regclass AND a.attname = 'user_id') AS user_id,
       (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.role'::regclass AND a.attname = 'tenant_id') AS role_tenant_id
