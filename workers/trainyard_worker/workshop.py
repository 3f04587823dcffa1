"""What all the work of one worker shares."""

from dataclasses import dataclass

from trainyard_worker.client import ControlPlane
from trainyard_worker.confinement import Confinement
from trainyard_worker.file_cache import FileCache
from trainyard_worker.fitness import Fitness
from trainyard_worker.forkserver import ForkServer
from trainyard_worker.state_dir import StateDir
from trainyard_worker.watch import Patience


@dataclass(frozen=True, slots=True)
class Workshop:
    """``threads`` are CPU threads per slot; ``report_seconds`` is how often an attempt reports at most."""

    control_plane: ControlPlane
    forkserver: ForkServer
    datasets: FileCache
    models: FileCache
    state: StateDir
    threads: int
    report_seconds: float
    patience: Patience
    fitness: Fitness
    confinement: Confinement

    def forget_unused(self, *, seconds: float) -> None:
        """Removes cached files that were last used longer ago."""
        for cache in (self.datasets, self.models):
            cache.forget_unused(seconds=seconds)
