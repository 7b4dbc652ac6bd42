-- What the other statements of the probe read, and may read in an adopter's own grant and revoke: nothing is spliced.
-- $1 tenant, $2 user, $3 role.
SELECT set_config('claimsmith.canary_tenant', $1, false),
       set_config('claimsmith.canary_user', $2, false),
       set_config('claimsmith.canary_role', $3, false)
