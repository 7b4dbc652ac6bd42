-- Gives the turn back. False if another session answers than the one that took it: a pooler is in the way.
SELECT pg_advisory_unlock(hashtextextended(concat('claimsmith.probe ',
  quote_literal(current_setting('claimsmith.canary_tenant')), ' ',
  quote_literal(current_setting('claimsmith.canary_user'))), 0)) AS had_turn
