-- Rings the probe channel from a pooled connection: a listener that hears nothing sits behind a transaction pooler.
-- $1 a nonce.
SELECT pg_notify('claimsmith_probe', $1::text)
