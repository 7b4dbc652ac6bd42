-- Whether it is this replica's turn to change the canary. The lock is the session's: it goes with the connection.
SELECT pg_try_advisory_lock(hashtextextended(concat('claimsmith.probe ',
  quote_literal(current_setting('claimsmith.canary_tenant')), ' ',
  quote_literal(current_setting('claimsmith.canary_user'))), 0)) AS has_turn
