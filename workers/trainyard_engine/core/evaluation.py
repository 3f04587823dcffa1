"""Runs a model over whole parts of a dataset."""

from collections.abc import Callable

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.split import Rows
from trainyard_engine.tasks.handler import Evaluation, ExampleSource
from trainyard_spec.engine_protocol import ClassReport

EVALUATION_ROWS = 1024

Metrics = dict[str, float]


def evaluate(model: LoadedModel, source: ExampleSource, rows: Rows, *, progressed: Callable[[], None]) -> Metrics:
    """The objective's metrics over the examples ``rows``; calls ``progressed`` after each batch.

    Leaves the network in the mode it was in.
    """
    return _evaluate(model, source, rows, model.objective.evaluation(final=False), progressed)[0]


def evaluate_finally(
    model: LoadedModel,
    source: ExampleSource,
    rows: Rows,
    *,
    progressed: Callable[[], None] = lambda: None,
    record: Record | None = None,
) -> tuple[Metrics, ClassReport | None]:
    """Evaluation of a finished model, with the metrics that cost more and what numbers alone do not tell.

    What it answers to each example goes to ``record``.
    """
    return _evaluate(model, source, rows, model.objective.evaluation(final=True, record=record), progressed)


def _evaluate(
    model: LoadedModel, source: ExampleSource, rows: Rows, evaluation: Evaluation, progressed: Callable[[], None]
) -> tuple[Metrics, ClassReport | None]:
    # One by one: of a network that learns, frozen parts do not.
    modes = [(module, module.training) for module in model.network.modules()]
    model.network.eval()
    for batch in source.batches(rows, size=model.objective.evaluation_rows):
        evaluation.add(model, batch)
        progressed()
    for module, was_training in modes:
        module.training = was_training
    return evaluation.result()
