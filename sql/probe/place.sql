-- Where the log stands, and the last position that this session drew. OFFSET 0: the token is drawn first.
SELECT token, nullif(current_setting('claimsmith.last_pos', true), '')::bigint AS drawn
FROM (SELECT claimsmith.consistency_token() AS token OFFSET 0) AS now_drawn
