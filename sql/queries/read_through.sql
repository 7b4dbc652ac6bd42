-- Whether a writer's place is in this log, and whether anything that is not read from rows of the request (tenants, issuers)
-- has changed since a position. $1 the place, $2 its nonce or NULL, $3 that position.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change
               WHERE pos = $1::bigint AND nonce <> coalesce($2::text::uuid, nonce)) AS is_foreign,
       EXISTS (SELECT FROM claimsmith.change WHERE pos > $3::bigint AND kind IN ('catalog', 'all')) AS catalog_changed
