"""Lowers the learning rate when validation no longer improves."""

from collections.abc import Mapping

from trainyard_engine.core.checkpoint import PlateauSoFar
from trainyard_spec.metrics import metric_of
from trainyard_spec.schedules import PlateauSchedule


class Plateau:
    """``so_far`` is all it remembers; ``so_far.fraction`` is what is left of the rate."""

    def __init__(self, spec: PlateauSchedule, so_far: PlateauSoFar | None = None) -> None:
        self._spec = spec
        self.so_far = so_far or PlateauSoFar()

    def update(self, metrics: Mapping[str, float]) -> None:
        """Judges an epoch by its validation metrics."""
        spec, so_far = self._spec, self.so_far
        metric = metric_of(spec.metric)
        value = metrics[metric.name]
        if so_far.best is None or (value - so_far.best) * metric.sign > spec.min_delta:
            self.so_far = PlateauSoFar(best=value, fraction=so_far.fraction)
        elif so_far.epochs_since < spec.patience:
            self.so_far = so_far.model_copy(update={"epochs_since": so_far.epochs_since + 1})
        else:
            fraction = max(so_far.fraction * spec.factor, spec.final_fraction)
            self.so_far = PlateauSoFar(best=so_far.best, fraction=fraction)
