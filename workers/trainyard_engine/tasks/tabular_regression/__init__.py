"""Tabular regression."""
