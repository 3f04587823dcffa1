"""Encryption at rest: a key for each organization, wrapped by a master key (envelope encryption)."""
