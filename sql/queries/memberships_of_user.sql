-- The tenants of one user, for a picker and for the default tenant, and how new that is. One row with the newest place of the
-- change log, and one for each tenant. $1 user, $2 and $3 the place up to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $2::bigint AND nonce = $3::text::uuid) AS has_followed,
       NULL::text AS tenant_id, NULL::boolean AS is_default
UNION ALL
(SELECT NULL, NULL, NULL, m.tenant_id::text, m.is_default
 FROM claimsmith.membership m
 WHERE m.user_id = $1::text::{user_id} AND (m.lapses_at IS NULL OR m.lapses_at > now())
 ORDER BY (m.is_default IS TRUE) DESC, m.tenant_id::text
 LIMIT 1000)
