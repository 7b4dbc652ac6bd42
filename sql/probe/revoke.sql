-- The default of probe.revoke.
DELETE FROM claimsmith_data.membership_role
WHERE tenant_id = current_setting('claimsmith.canary_tenant')
  AND user_id = current_setting('claimsmith.canary_user')
  AND role = current_setting('claimsmith.canary_role')
