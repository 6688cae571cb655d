-- FOR SHARE: a takeover waits for this transaction, or this transaction sees the takeover.
SELECT id FROM scheduling_posts WHERE id = $1 AND lease_token = $2 FOR SHARE
