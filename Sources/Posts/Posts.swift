// Posts: under construction.
