-- Every tenant and every issuer entry, and how new they are: one statement, one snapshot.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'tenant_id', t.tenant_id::text, 'name', t.name, 'suspended', t.suspended, 'hints', t.hints,
            'trusted_issuers', t.trusted_issuers, 'allowed_clients', t.allowed_clients,
            'claim_template', t.claim_template)), '[]') FROM claimsmith.tenant t) AS tenants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'issuer_id', i.issuer_id::text, 'issuer', i.issuer, 'enabled', i.enabled,
            'settings', i.settings)), '[]')
        FROM claimsmith.issuer i) AS issuers
