"""Notices of the logged-in person."""
