-- The demo's own issuers, wherever they listen this time. $1 and $2: their `iss`; $3: whom their tokens are for.
-- Idempotent, so that a kept directory can be used again.
WITH issuers AS (
  INSERT INTO claimsmith_data.issuer AS known (id, issuer, settings)
    SELECT login.id, ARRAY[login.iss], jsonb_build_object('audiences', jsonb_build_array($3::text), 'algorithms', '["ES256"]'::jsonb)
    FROM (VALUES ('demo-login', $1::text), ('demo-stranger', $2::text)) AS login(id, iss)
  ON CONFLICT (id) DO UPDATE SET issuer = excluded.issuer, settings = excluded.settings
  RETURNING known.id
), identities AS (
  INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id)
    SELECT issuers.id, person, person FROM issuers CROSS JOIN unnest('{alice,bob}'::text[]) AS person
  ON CONFLICT DO NOTHING
)
UPDATE claimsmith_data.tenant
  SET trusted_issuers = trusted_issuers || '{demo-login}'
  WHERE id = 'acme' AND NOT 'demo-login' = ANY (trusted_issuers)
