"""Summary of a finished model's answers to its test rows, as a page about it shows them."""

from dataclasses import dataclass

from trainyard.registry.evaluation.numbers import EvaluatedForecast, PlaceShare, Residuals, forecast, places, residuals
from trainyard.registry.evaluation.table import EvaluationKind, read_table
from trainyard.registry.evaluation.thresholds import Thresholds, thresholds
from trainyard.registry.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Which of several is looked at: a class or label, a target, a series, and how many steps ahead."""

    label: str | None = None
    target: str | None = None
    series: str | None = None
    step: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """``rows`` that were read, all if ``is_whole``; of the others one is set, by ``kind``."""

    kind: EvaluationKind
    rows: int
    is_whole: bool
    thresholds: Thresholds | None = None
    residuals: Residuals | None = None
    forecast: EvaluatedForecast | None = None
    places: list[PlaceShare] | None = None


def evaluation(*, model: Model, focus: Focus) -> EvaluationSummary:
    """Raises ``NotFound`` for a model without answers to test rows, ``InvalidInput`` for a focus that there is not."""
    table = read_table(model)
    kind = table.kind
    has_classes = kind in (EvaluationKind.CLASSES, EvaluationKind.LABELS)
    is_forecast = kind == EvaluationKind.FORECAST
    return EvaluationSummary(
        kind=kind,
        rows=len(table.rows),
        is_whole=table.is_whole,
        thresholds=thresholds(table, label=focus.label) if has_classes else None,
        residuals=residuals(table, target=focus.target) if kind == EvaluationKind.NUMBERS else None,
        forecast=forecast(table, series=focus.series, step=focus.step) if is_forecast else None,
        places=places(table) if kind == EvaluationKind.ORDER else None,
    )
