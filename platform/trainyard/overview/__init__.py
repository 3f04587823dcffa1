"""Reads over many domains together: operators' overview of all organizations, and names of objects."""
