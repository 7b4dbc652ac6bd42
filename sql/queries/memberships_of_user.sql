-- The tenants of one user, for a picker and for the default tenant. $1 user.
SELECT m.tenant_id::text AS tenant_id, m.is_default
FROM claimsmith.membership m
WHERE m.user_id = $1::text::{user_id}
ORDER BY m.is_default DESC, 1
LIMIT 1000
