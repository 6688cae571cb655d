-- An index serves every table of a batch, but where one row is enough to answer, the planner prefers a sequential scan,
-- which reads the whole table when there is no such row. Ends with the transaction.
SELECT set_config('enable_seqscan', 'off', true) AS setting
