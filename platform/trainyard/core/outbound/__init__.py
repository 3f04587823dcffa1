"""Requests to addresses that customers name, which must not reach what only the platform may."""
