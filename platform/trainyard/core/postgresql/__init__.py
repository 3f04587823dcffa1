"""Django's PostgreSQL backend, which tells the server in whose name each statement comes."""
