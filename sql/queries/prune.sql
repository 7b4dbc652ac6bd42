-- Deletes old rows of the change log; the newest always stays. $1 how many seconds to keep.
SELECT claimsmith.prune(make_interval(secs => $1::float8))
