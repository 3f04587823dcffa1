"""Notices: the domain events that people are told of in the dashboard, and how far each of them has read."""
