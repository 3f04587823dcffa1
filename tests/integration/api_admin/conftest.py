"""Fixtures of the operators' API: a bench that submits jobs and plays their worker."""

from tests.support.jobs import bench

__all__ = ["bench"]
