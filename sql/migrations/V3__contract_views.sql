-- The contract: the five views that the service reads. Adopters with tables of their own replace the views, and nothing
-- else (see sql/README.md). Column names are fixed. An id may have another type (uuid, integer, bigint): the service
-- compares its text.
--
-- Absent on purpose: limits and ordering between rows. Each row stands alone, and is found by its key.

CREATE VIEW claimsmith.tenant AS
  SELECT id AS tenant_id, name, suspended, hints, trusted_issuers, allowed_clients, claim_template
  FROM claimsmith_data.tenant;

CREATE VIEW claimsmith.issuer AS
  SELECT id AS issuer_id, issuer, enabled, settings
  FROM claimsmith_data.issuer;

CREATE VIEW claimsmith.identity AS
  SELECT issuer_id, subject, user_id
  FROM claimsmith_data.identity;

-- Only what is in force now. lapses_at is the next moment at which the row changes without anybody writing; the service
-- keeps no row beyond it. Sorted by byte, so that two servers with different locales give the same array.
CREATE VIEW claimsmith.membership AS
  SELECT m.tenant_id, m.user_id, coalesce(granted.roles, '{}') AS roles, m.attributes, m.is_default,
         least(m.expires_at, granted.next_expiry) AS lapses_at
  FROM claimsmith_data.membership AS m
  CROSS JOIN LATERAL (
    SELECT array_agg(r.role ORDER BY r.role COLLATE "C") AS roles, min(r.expires_at) AS next_expiry
    FROM claimsmith_data.membership_role AS r
    WHERE r.tenant_id = m.tenant_id AND r.user_id = m.user_id
      AND (r.expires_at IS NULL OR r.expires_at > now())
  ) AS granted
  WHERE m.expires_at IS NULL OR m.expires_at > now();

CREATE VIEW claimsmith.role AS
  SELECT r.tenant_id, r.role, r.name,
         ARRAY(SELECT p.permission
               FROM claimsmith_data.role_permission AS p
               WHERE p.tenant_id = r.tenant_id AND p.role = r.role
               ORDER BY p.permission COLLATE "C") AS permissions
  FROM claimsmith_data.role AS r;

COMMENT ON VIEW claimsmith.tenant     IS 'Contract: tenants, and the hints that name them';
COMMENT ON VIEW claimsmith.issuer     IS 'Contract: issuers of tokens';
COMMENT ON VIEW claimsmith.identity   IS 'Contract: which user an issuer means by a subject';
COMMENT ON VIEW claimsmith.membership IS 'Contract: users in tenants, with the role keys in force';
COMMENT ON VIEW claimsmith.role       IS 'Contract: roles in tenants, with their permissions';
