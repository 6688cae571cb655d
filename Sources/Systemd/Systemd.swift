// Systemd: under construction.
