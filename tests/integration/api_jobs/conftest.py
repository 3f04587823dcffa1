"""The bench of these tests."""

from tests.support.present_bench import bench, enrolled

__all__ = ["bench", "enrolled"]
