"""Schemathesis over the whole API of a platform that runs: ``make fuzz-api``."""
