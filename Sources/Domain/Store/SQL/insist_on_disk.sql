-- This transaction has to be on disk when its commit is answered, also where synchronous_commit is off: a
-- publish mark that a crash of the server forgets would let the post be published again.
SELECT set_config('synchronous_commit', 'on', true) AS setting
WHERE current_setting('synchronous_commit') = 'off'
