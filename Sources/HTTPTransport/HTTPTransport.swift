// HTTPTransport: under construction.
