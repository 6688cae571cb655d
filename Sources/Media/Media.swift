// Media: under construction.
