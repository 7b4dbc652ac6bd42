-- Whether a writer's place is in this log, and whether anything that is not read from rows of the request (tenants, issuers)
-- may have changed since it was read. $1 the writer's position, $2 its nonce or NULL, $3 and $4 the place up to which
-- everything in memory is complete, $5 and $6 the place up to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $5::bigint AND nonce = $6::text::uuid) AS has_followed,
       -- A position that this log should have and has not was lost; what was pruned has had its effect.
       $2::text IS NOT NULL
         AND $1::bigint BETWEEN (SELECT min(pos) FROM claimsmith.change) AND (SELECT max(pos) FROM claimsmith.change)
         AND NOT EXISTS (SELECT FROM claimsmith.change WHERE pos = $1::bigint AND nonce = $2::text::uuid) AS is_foreign,
       -- Only a prefix is ever pruned: if that place is there, so is everything after it.
       NOT EXISTS (SELECT FROM claimsmith.change WHERE pos = $3::bigint AND nonce = $4::text::uuid)
         OR EXISTS (SELECT FROM claimsmith.change WHERE pos > $3::bigint AND kind IN ('catalog', 'all')) AS catalog_changed
