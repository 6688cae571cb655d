// Timekeeping: under construction.
