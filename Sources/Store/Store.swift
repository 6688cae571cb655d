// Store: under construction.
