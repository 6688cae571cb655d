// Sealing: under construction.
