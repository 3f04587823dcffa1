"""What ``make demo`` runs: the embedded platform, and a tenant who uses it through the Python client."""
