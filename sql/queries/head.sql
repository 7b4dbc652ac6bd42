-- The newest place in the change log, as a server has it.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce
