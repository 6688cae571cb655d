-- Step one of a claim: personas that may publish now, longest waiting first. The lock makes claims for one persona take
-- turns; NO KEY so that people can go on inserting its posts.
SELECT persona.id
FROM next_claims(now()) AS claim
JOIN personas AS persona ON persona.id = claim.persona_id
ORDER BY claim.ready_at, persona.id
LIMIT $1
FOR NO KEY UPDATE OF persona SKIP LOCKED
