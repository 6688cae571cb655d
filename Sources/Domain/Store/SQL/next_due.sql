-- The next moment at which a claim or the check of an unconfirmed post could succeed; seconds since 1970 by the
-- database's clock, and that clock.
SELECT extract(epoch FROM least(
    (SELECT min(claim.claimable_at) FROM next_claims('infinity') AS claim),
    (
      SELECT min(post.next_attempt_at)
      FROM scheduling_posts AS post
      WHERE post.status = 'unconfirmed' AND post.next_attempt_at IS NOT NULL
    )))::float8 AS due,
  extract(epoch FROM clock_timestamp())::float8 AS now
