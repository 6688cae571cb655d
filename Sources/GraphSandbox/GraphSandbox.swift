// GraphSandbox: under construction.
