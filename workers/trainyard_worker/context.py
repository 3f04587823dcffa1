"""Context of a worker: what all its attempts and predictions share."""

from dataclasses import dataclass

from trainyard_worker.client import ControlPlane
from trainyard_worker.confinement import Confinement
from trainyard_worker.file_cache import FileCache
from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.state_dir import StateDir
from trainyard_worker.watchdog import WatchdogLimits
from trainyard_worker.worker_health import WorkerHealth


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """``threads`` are CPU threads per slot; ``report_seconds`` is the least interval between reports of an attempt."""

    control_plane: ControlPlane
    forkserver: ForkServerClient
    datasets: FileCache
    models: FileCache
    state: StateDir
    threads: int
    report_seconds: float
    watchdog_limits: WatchdogLimits
    health: WorkerHealth
    confinement: Confinement

    def forget_unused(self, *, seconds: float) -> None:
        """Removes cached files that were last used longer ago."""
        for cache in (self.datasets, self.models):
            cache.forget_unused(seconds=seconds)
