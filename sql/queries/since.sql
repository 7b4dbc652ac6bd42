-- Every change after a position, and proof that this server's history is the one that was followed. Catch-up and heartbeat
-- are this same query. $1 last position (NULL at the first start), $2 its nonce.
SELECT head, head_nonce::text AS head_nonce, reset, changes FROM claimsmith.since($1::bigint, $2::text::uuid)
