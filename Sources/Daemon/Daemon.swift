// Daemon: under construction.
