// Scheduling: under construction.
