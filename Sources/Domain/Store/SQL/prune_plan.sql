-- Every table of a batch is reached by an index, but where one row is enough to answer, the planner likes to
-- begin at the front of a table, which is a table's whole length when there is no such row. Ends with the transaction.
SELECT set_config('enable_seqscan', 'off', true) AS setting
