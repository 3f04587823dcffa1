"""Reduce on plateau: lowers the learning rate when validation no longer improves."""

from collections.abc import Mapping

from trainyard_engine.core.checkpoint import PlateauState
from trainyard_spec.metrics import metric_of
from trainyard_spec.schedules import PlateauSchedule


class Plateau:
    """``state`` is all it remembers; ``state.fraction`` is what is left of the rate."""

    def __init__(self, spec: PlateauSchedule, state: PlateauState | None = None) -> None:
        self._spec = spec
        self.state = state or PlateauState()

    def update(self, metrics: Mapping[str, float]) -> None:
        """Judges an epoch by its validation metrics."""
        spec, state = self._spec, self.state
        metric = metric_of(spec.metric)
        value = metrics[metric.name]
        if state.best is None or (value - state.best) * metric.sign > spec.min_delta:
            self.state = PlateauState(best=value, fraction=state.fraction)
        elif state.epochs_since < spec.patience:
            self.state = state.model_copy(update={"epochs_since": state.epochs_since + 1})
        else:
            fraction = max(state.fraction * spec.factor, spec.final_fraction)
            self.state = PlateauState(best=state.best, fraction=fraction)
