"""Residuals of a regression, errors of a forecast by how far ahead, places of a recommendation."""

from dataclasses import dataclass

import numpy as np

from trainyard.registry.evaluation.table import PREDICTION, TRUTH, AnswerTable, EvaluationKind, Floats

BINS = 30
POINTS = 800
FORECAST_POINTS = 600
PLACES = (1, 3, 10, 30, 100)


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts`` of values between neighbouring ``edges``, of which there is one more."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Residuals:
    """Residuals of one of ``targets``: prediction minus truth. ``points`` are (truth, prediction) of some rows."""

    target: str
    targets: list[str]
    points: list[tuple[float, float]]
    histogram: Histogram
    bias: float
    half_within: float
    most_within: float


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    row: int
    truth: float | None
    prediction: float | None
    naive: float | None


@dataclass(frozen=True, slots=True)
class StepError:
    """Mean absolute errors ``step`` steps ahead; ``seasonal_naive`` where a season was given."""

    step: int
    model: float
    naive: float | None
    seasonal_naive: float | None


@dataclass(frozen=True, slots=True)
class EvaluatedForecast:
    """Forecasts of ``series``, one of ``all_series``, ``step`` steps ahead, the last rows in order."""

    series: str
    all_series: list[str]
    step: int
    points: list[ForecastPoint]
    errors: list[StepError]


@dataclass(frozen=True, slots=True)
class PlaceShare:
    """``rows`` of the test whose item was among the first ``within`` recommended; ``None`` is anywhere behind."""

    within: int | None
    rows: int


def residuals(table: AnswerTable, *, target: str | None) -> Residuals | None:
    """``None`` without rows. Raises ``InvalidInput`` for a target that there is not."""
    if not table.rows:
        return None
    targets = table.named(TRUTH)
    chosen = table.chosen(target, TRUTH, field="target")
    truth, prediction = values_of(table, chosen)
    error = prediction - truth
    shown = np.unique(np.linspace(0, len(truth) - 1, POINTS).astype(int))
    half, most = np.quantile(np.abs(error), (0.5, 0.9)).tolist()
    return Residuals(
        target=chosen,
        targets=targets,
        points=list(zip(truth[shown].tolist(), prediction[shown].tolist(), strict=True)),
        histogram=histogram(error),
        bias=float(error.mean()),
        half_within=half,
        most_within=most,
    )


def values_of(table: AnswerTable, target: str) -> tuple[Floats, Floats]:
    """Truth and prediction, of ``target`` where there are several."""
    suffix = f":{target}" if target else ""
    return table.numbers(f"{TRUTH}{suffix}"), table.numbers(f"{PREDICTION}{suffix}")


def histogram(values: Floats, *, bins: int = BINS) -> Histogram:
    """Histogram of the finite ``values``; a few far away share the outer bins, so that the others stay apart."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Histogram([], [])
    low, high = np.quantile(finite, (0.005, 0.995)) if len(finite) >= 200 else (finite.min(), finite.max())
    counts, edges = np.histogram(np.clip(finite, low, high), bins=bins if high > low else 1)
    return Histogram(edges.tolist(), counts.tolist())


def forecast(table: AnswerTable, *, series: str | None, step: int) -> EvaluatedForecast | None:
    """``None`` without rows."""
    if not table.rows:
        return None
    steps = table.numbers("step")
    names = table.texts("series") if "series" in table.columns else [""] * len(table.rows)
    all_series = list(dict.fromkeys(names))
    chosen = series if series in all_series else all_series[0]
    ahead = step if step in set(steps.tolist()) else int(steps.min())
    columns = {name: table.numbers(name) for name in (TRUTH, PREDICTION, "naive")}
    mine = np.flatnonzero((steps == ahead) & (np.array(names) == chosen))
    rows = table.numbers("row")
    in_order = mine[np.argsort(rows[mine], kind="stable")][-FORECAST_POINTS:]
    points = [
        ForecastPoint(int(rows[place]), *(_finite(columns[name][place]) for name in columns))
        for place in in_order.tolist()
    ]
    return EvaluatedForecast(chosen, all_series, ahead, points, _step_errors(table, steps, columns[TRUTH]))


def _step_errors(table: AnswerTable, steps: Floats, truth: Floats) -> list[StepError]:
    errors = {
        name: np.abs(table.numbers(name) - truth) if name in table.columns else None
        for name in (PREDICTION, "naive", "seasonal_naive")
    }
    found = []
    for step in np.unique(steps).tolist():
        here = steps == step
        model, naive, seasonal = (None if each is None else float(np.mean(each[here])) for each in errors.values())
        found.append(StepError(int(step), model or 0.0, naive, seasonal))
    return found


def places(table: AnswerTable) -> list[PlaceShare]:
    """How far in front the item was that a user met next; of an item that training never met, anywhere."""
    found = table.numbers("place") if table.kind == EvaluationKind.ORDER else np.array([])
    shares = [PlaceShare(within, int((found <= within).sum())) for within in PLACES]
    return [*shares, PlaceShare(None, len(found))]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
