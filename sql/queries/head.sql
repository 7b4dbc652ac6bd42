-- The newest place in the change log, as a server has it. $1 and $2 the place up to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $1::bigint AND nonce = $2::text::uuid) AS has_followed
