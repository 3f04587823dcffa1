"""Early stopping: ends when validation no longer improves, and keeps the weights of the best epoch."""

from collections.abc import Mapping

from torch import Tensor, nn

from trainyard_engine.core.checkpoint import BestState
from trainyard_engine.core.model_directory import contiguous_weights
from trainyard_spec.metrics import metric_of
from trainyard_spec.training import EarlyStoppingConfig


class EarlyStopping:
    """The best epoch so far. ``best`` and ``weights`` are all it remembers."""

    def __init__(self, spec: EarlyStoppingConfig, *, best: BestState | None, weights: dict[str, Tensor]) -> None:
        self._spec = spec
        self.best = best
        self.weights = weights

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return self.best is not None and self.best.epochs_since >= self._spec.patience

    def update(self, metrics: Mapping[str, float], network: nn.Module) -> None:
        """Judges an epoch by its validation metrics; keeps a copy of the network's weights if it is the best yet."""
        if self.best is None or self._improves(metrics, self.best.metrics):
            self.best = BestState(metrics=dict(metrics), epochs_since=0)
            self.weights = contiguous_weights(network)
        else:
            self.best = self.best.model_copy(update={"epochs_since": self.best.epochs_since + 1})

    def _improves(self, metrics: Mapping[str, float], best: Mapping[str, float]) -> bool:
        metric = metric_of(self._spec.metric)
        return (metrics[metric.name] - best[metric.name]) * metric.sign > self._spec.min_delta
