-- The types of the adopter's id columns, so that parameters are cast to them and their indexes are used, and how new that is.
-- $1 and $2 the place up to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $1::bigint AND nonce = $2::text::uuid) AS has_followed,
       (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.membership'::regclass AND a.attname = 'tenant_id') AS tenant_id,
       (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.membership'::regclass AND a.attname = 'user_id') AS user_id,
       (SELECT format_type(a.atttypid, NULL) FROM pg_attribute a
        WHERE a.attrelid = 'claimsmith.role'::regclass AND a.attname = 'tenant_id') AS role_tenant_id
