// Publishing: under construction.
