-- One import at a time; 'rails' in ASCII. Ends with the transaction.
SELECT pg_advisory_xact_lock(491260570739) AS locked
