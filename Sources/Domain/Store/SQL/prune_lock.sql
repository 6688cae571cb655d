-- Two runs of belfry prune take turns, batch by batch; 'prune' in ASCII. Ends with the transaction.
SELECT pg_advisory_xact_lock(482956635749) AS locked
