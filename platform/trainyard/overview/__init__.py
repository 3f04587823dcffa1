"""Operators' overview of all organizations and domains together: reads only."""
