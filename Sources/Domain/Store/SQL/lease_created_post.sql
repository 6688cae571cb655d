-- The immediate chain leases the row that it has just inserted, in the same transaction.
UPDATE scheduling_posts AS post
SET status = 'posting', lease_instance_id = $2, lease_token = nextval('lease_tokens'), attempts = post.attempts + 1
WHERE post.id = $1 AND post.status = 'scheduled'
RETURNING post.id
