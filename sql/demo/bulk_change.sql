UPDATE claimsmith_data.membership_role SET role = CASE role WHEN 'editor' THEN 'viewer' WHEN 'viewer' THEN 'editor' ELSE role END WHERE tenant_id = 'megacorp'
