-- What some users may do in one tenant, the meaning of the roles they hold, and how new all that is: one statement, one
-- snapshot. One row with the newest place of the change log, one per requested user, also for those who are no members, and
-- one per role that any of them holds.
-- $1 tenant, $2 users, $3 whether attributes are wanted, $4 and $5 the place up to which the change feed has followed. {tenant_id} and {user_id} are the types of the adopter's columns.
WITH asked AS (
    SELECT u.ord, m.user_id IS NOT NULL AS is_member, m.roles,
           CASE WHEN $3::boolean THEN m.attributes END AS attributes,
           CASE WHEN isfinite(m.lapses_at) THEN extract(epoch FROM m.lapses_at - now())::float8 END AS lapses_in
    FROM unnest($2::text[]::{user_id}[]) WITH ORDINALITY AS u (user_id, ord)
    -- LATERAL: a view that groups is then evaluated for one user at a time and not for the whole tenant.
    LEFT JOIN LATERAL (
        SELECT * FROM claimsmith.membership
        WHERE tenant_id = $1::text::{tenant_id} AND user_id = u.user_id
          -- To the letter, whatever the collation: a change names the row as it is, and must find it in memory.
          AND user_id::text COLLATE "C" = u.user_id::text AND tenant_id::text COLLATE "C" = $1
          AND (lapses_at IS NULL OR lapses_at > now())
        LIMIT 1
    ) m ON true
)
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $4::bigint AND nonce = $5::text::uuid) AS has_followed,
       NULL AS ord, NULL AS is_member, NULL AS roles, NULL AS attributes, NULL AS lapses_in,
       NULL::text AS role, NULL::text AS role_name, NULL::text[] AS permissions
UNION ALL
SELECT NULL, NULL, NULL, ord, is_member, roles, attributes, lapses_in, NULL, NULL, NULL
FROM asked
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.role, r.name, r.permissions
FROM claimsmith.role r
WHERE r.tenant_id = $1::text::{role_tenant_id} AND r.tenant_id::text COLLATE "C" = $1 AND r.role IN (SELECT unnest(a.roles) FROM asked a)
