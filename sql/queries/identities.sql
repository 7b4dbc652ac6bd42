-- Which user each (issuer entry, subject) is linked to, and how new that is. One row with the newest place of the change log,
-- one per link, and one for each pair that has none. $1 issuer entries, $2 subjects, pairwise, $3 and $4 the
-- place up to which the change feed has followed.
SELECT (SELECT max(pos) FROM claimsmith.change) AS head,
       (SELECT nonce::text FROM claimsmith.change ORDER BY pos DESC LIMIT 1) AS head_nonce,
       EXISTS (SELECT FROM claimsmith.change WHERE pos = $3::bigint AND nonce = $4::text::uuid) AS has_followed,
       NULL::bigint AS ord, NULL::text AS user_id
UNION ALL
SELECT NULL, NULL, NULL, k.ord, i.user_id::text
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (issuer_id, subject, ord)
-- To the letter, whatever the collation of the columns: a change names the row as it is, and must find it in memory.
LEFT JOIN claimsmith.identity i ON i.issuer_id = k.issuer_id AND i.subject = k.subject AND i.subject::text COLLATE "C" = k.subject
