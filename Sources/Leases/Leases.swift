// Leases: under construction.
