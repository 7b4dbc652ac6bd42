-- The default of probe.grant. No row is inserted, and nothing announced, if it is there already.
INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
VALUES (current_setting('claimsmith.canary_tenant'),
        current_setting('claimsmith.canary_user'),
        current_setting('claimsmith.canary_role'))
ON CONFLICT DO NOTHING
