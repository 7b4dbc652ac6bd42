-- Every change after a position, and proof that this server's history is the one that was followed. Catch-up and heartbeat
-- are this same query. $1 last position (NULL at the first start), $2 its nonce, $3 and $4 places that loads have seen.
SELECT head, head_nonce::text AS head_nonce, reset, changes, pg_is_in_recovery() AS in_recovery
FROM claimsmith.since($1::bigint, $2::text::uuid, 5000, $3::bigint[], $4::text[]::uuid[])
