"""Kinds of data that the engine reads, one folder each."""
