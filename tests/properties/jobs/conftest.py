"""The bench of these tests."""

from tests.support.jobs import bench

__all__ = ["bench"]
