"""The control plane alone: a real web process on PostgreSQL, called over HTTP as workers and customers call it."""
