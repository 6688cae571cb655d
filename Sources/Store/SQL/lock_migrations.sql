-- One migration at a time, whatever host it comes from; 'belfry' in ASCII. Ends with the transaction.
SELECT pg_advisory_xact_lock(108170704286329) AS locked
