"""Stands in for the engine in tests of the worker: same command line and protocol, no training."""
