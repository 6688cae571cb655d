// TestSupport: under construction.
