-- How long the post has waited that could have been claimed first, in seconds; 0 when none waits.
SELECT coalesce(extract(epoch FROM now() - min(claim.claimable_at)), 0)::float8 AS seconds
FROM next_claims(now()) AS claim
