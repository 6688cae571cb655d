-- This transaction must be on disk when its commit returns, also where synchronous_commit is off: without the publish
-- mark, which a crash of the server could lose, the post could be published again.
SELECT set_config('synchronous_commit', 'on', true) AS setting
WHERE current_setting('synchronous_commit') = 'off'
