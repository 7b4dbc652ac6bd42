-- What this connection has reached: is it a server that can be written to, and which one.
SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only
