"""The bench of these tests, and its worker."""

from tests.support.present_bench import bench, enrolled, worker

__all__ = ["bench", "enrolled", "worker"]
