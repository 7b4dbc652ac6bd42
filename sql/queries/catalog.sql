-- Every tenant and every issuer entry, and how new they are: one statement, one snapshot. $1 and $2 the place up
-- to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $1::bigint AND nonce = $2::text::uuid) AS has_followed,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'tenant_id', t.tenant_id::text, 'name', t.name, 'suspended', t.suspended, 'hints', t.hints,
            'trusted_issuers', t.trusted_issuers, 'allowed_clients', t.allowed_clients,
            'claim_template', t.claim_template)), '[]') FROM claimsmith.tenant t) AS tenants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'issuer_id', i.issuer_id::text, 'issuer', i.issuer, 'enabled', i.enabled,
            'settings', i.settings)), '[]')
        FROM claimsmith.issuer i) AS issuers
