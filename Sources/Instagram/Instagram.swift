// Instagram: under construction.
