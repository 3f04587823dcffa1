"""The test rows of a model one by one, each with what it is, the worst first or as they stand."""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from trainyard.datasets.examples import Example, examples
from trainyard.registry.evaluation.numbers import values_of
from trainyard.registry.evaluation.table import PREDICTION, TRUTH, AnswerTable, EvaluationKind, Floats, read_table
from trainyard.registry.models import Model

Flags = npt.NDArray[np.bool_]

PROMPT = "prompt"
NO_PLACE = 1e12
"""Of an item that was not recommended at all."""


class RowOrder(StrEnum):
    WORST = "worst"
    AS_STORED = "as_stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Which rows: those of the class ``truth``, taken for ``prediction``; those for which a language model has
    ``written`` an answer; ``target`` is what errors are of."""

    truth: str | None = None
    prediction: str | None = None
    wrong: bool | None = None
    written: bool | None = None
    target: str | None = None
    order: RowOrder = RowOrder.WORST


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAnswer:
    """Written answer of a language model: what was asked, what its base writes, and how graders judge both answers."""

    prompt: str
    base_prediction: str
    grades: dict[str, float]
    base_grades: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRow:
    """``row`` is that of the upload, from 1. ``error`` is greater the worse the answer is; its unit is the kind's."""

    row: int | None
    place: dict[str, str] = field(default_factory=dict)
    truth: str | None
    prediction: str | None
    confidence: float | None
    error: float | None
    example: Example | None
    written: WrittenAnswer | None = None


@dataclass(frozen=True, slots=True)
class AnsweredRows:
    """A page of ``rows`` of all ``total`` that were asked for."""

    rows: list[AnsweredRow]
    total: int


def answered_rows(*, model: Model, wanted: RowFilter, begin: int, limit: int) -> AnsweredRows:
    """Rows ``begin`` up to ``begin + limit`` of those ``wanted``. Raises ``NotFound`` and ``InvalidInput``."""
    table = read_table(model)
    errors = _errors(table, wanted)
    truths, predictions = (_shown(table, what, wanted.target) for what in (TRUTH, PREDICTION))
    chosen = _tagged if table.kind == EvaluationKind.TAGS else _kept
    kept = np.flatnonzero(chosen(truths, predictions, wanted, len(table.rows)) & _asked(table, wanted))
    if wanted.order == RowOrder.WORST and errors is not None:
        kept = kept[np.argsort(-errors[kept], kind="stable")]
    page = kept[begin : begin + limit].tolist()
    numbers = table.numbers("row") if "row" in table.columns else None
    found = _examples(model, table, [0 if numbers is None else int(numbers[place]) for place in page])
    confidence = _confidence(table, predictions)
    rows = [
        AnsweredRow(
            row=None if numbers is None else int(numbers[place]),
            place=_place(table, place),
            truth=truths[place] if truths else None,
            prediction=predictions[place] if predictions else None,
            confidence=_told(confidence, place),
            error=_told(errors, place),
            example=example,
            written=_written(table, place),
        )
        for place, example in zip(page, found, strict=True)
    ]
    return AnsweredRows(rows, len(kept))


def _asked(table: AnswerTable, wanted: RowFilter) -> Flags:
    """The rows of which it is as ``wanted`` whether an answer was written."""
    if wanted.written is None:
        return np.ones(len(table.rows), dtype=bool)
    if PROMPT not in table.columns:
        return np.full(len(table.rows), not wanted.written)
    return np.array([bool(prompt) == wanted.written for prompt in table.texts(PROMPT)], dtype=bool)


def _written(table: AnswerTable, place: int) -> WrittenAnswer | None:
    if PROMPT not in table.columns or not (prompt := table.rows[place][table.columns[PROMPT]]):
        return None
    return WrittenAnswer(
        prompt=prompt,
        base_prediction=table.rows[place][table.columns["base_prediction"]],
        grades=_grades(table, place, "grade"),
        base_grades=_grades(table, place, "base_grade"),
    )


def _grades(table: AnswerTable, place: int, prefix: str) -> dict[str, float]:
    cells = {name: table.rows[place][table.columns[f"{prefix}:{name}"]] for name in table.named(prefix)}
    return {name: float(cell) for name, cell in cells.items() if cell}


def _told(errors: Floats | None, place: int) -> float | None:
    if errors is None or not np.isfinite(errors[place]) or errors[place] >= NO_PLACE:
        return None
    return float(errors[place])


def _examples(model: Model, table: AnswerTable, rows: list[int]) -> list[Example | None]:
    if table.kind in (EvaluationKind.FORECAST, EvaluationKind.ORDER, EvaluationKind.BLOCKS):
        return [None] * len(rows)
    version = model.job.dataset_version if model.job else None
    if version is None or version.purged_at is not None:
        return [None] * len(rows)
    return examples(version=version, rows=rows)


def _place(table: AnswerTable, place: int) -> dict[str, str]:
    names = ("file", "series", "user", "item", "block", "step", "place")
    return {name: table.rows[place][table.columns[name]] for name in names if name in table.columns}


def _shown(table: AnswerTable, what: str, target: str | None) -> list[str]:
    """Truths or predictions as one text a row: a class, labels, a number, a text."""
    if what in table.columns:
        return table.texts(what)
    names = table.named(what)
    if table.kind != EvaluationKind.LABELS:
        chosen = table.chosen(target, what, field="target")
        return table.texts(f"{what}:{chosen}") if chosen else []
    flags = [table.texts(f"{what}:{name}") for name in names]
    return [
        ", ".join(name for name, flag in zip(names, row, strict=True) if flag == "1")
        for row in zip(*flags, strict=True)
    ]


def _kept(truths: list[str], predictions: list[str], wanted: RowFilter, rows: int) -> Flags:
    kept = np.ones(rows, dtype=bool)
    for values, value in ((truths, wanted.truth), (predictions, wanted.prediction)):
        if value is not None:
            kept &= np.array([each == value for each in values], dtype=bool) if values else False
    if wanted.wrong is not None and truths:
        differ = np.array([a != b for a, b in zip(truths, predictions, strict=True)], dtype=bool)
        kept &= differ == wanted.wrong
    return kept


def _tagged(truths: list[str], predictions: list[str], wanted: RowFilter, rows: int) -> Flags:
    """The texts with a word of the tag ``truth`` that was taken for ``prediction``, as far as they are wanted."""
    kept = _kept(truths, predictions, replace(wanted, truth=None, prediction=None), rows)
    if wanted.truth is None and wanted.prediction is None:
        return kept
    pairs = (
        zip(json.loads(truth), json.loads(found), strict=True) for truth, found in zip(truths, predictions, strict=True)
    )
    has_pair = [
        any(wanted.truth in (None, truth) and wanted.prediction in (None, found) for truth, found in words)
        for words in pairs
    ]
    found: Flags = kept & np.array(has_pair, dtype=bool)
    return found


def _errors(table: AnswerTable, wanted: RowFilter) -> Floats | None:
    """How bad each answer is: what is missing of the right class's probability, a distance, a loss, a place."""
    match table.kind:
        case EvaluationKind.CLASSES:
            truths = table.texts(TRUTH)
            if table.named("probability"):
                scores = {
                    name: table.numbers(f"probability:{name}") for name in set(truths) & set(table.named("probability"))
                }
                return np.array([1 - scores[truth][i] if truth in scores else 1.0 for i, truth in enumerate(truths)])
            return np.array([float(a != b) for a, b in zip(truths, table.texts(PREDICTION), strict=True)])
        case EvaluationKind.LABELS:
            names = table.named(TRUTH)
            wrong = [table.numbers(f"{TRUTH}:{name}") != table.numbers(f"{PREDICTION}:{name}") for name in names]
            count: Floats = np.sum(wrong, axis=0).astype(np.float64)
            return count
        case EvaluationKind.NUMBERS | EvaluationKind.FORECAST:
            target = table.chosen(wanted.target, TRUTH, field="target") if TRUTH not in table.columns else ""
            truth, prediction = values_of(table, target)
            return np.nan_to_num(np.abs(prediction - truth), nan=-1.0)
        case EvaluationKind.ORDER:
            return np.nan_to_num(table.numbers("place"), nan=NO_PLACE)
    if "nats" in table.columns:
        per_token: Floats = table.numbers("nats") / np.maximum(table.numbers("tokens"), 1)
        return per_token
    return table.numbers("loss") if "loss" in table.columns else None


def _confidence(table: AnswerTable, predictions: list[str]) -> Floats | None:
    """The probability of what was answered, where one class is."""
    names = set(table.named("probability"))
    if table.kind != EvaluationKind.CLASSES or not names:
        return None
    scores = {name: table.numbers(f"probability:{name}") for name in set(predictions) & names}
    return np.array([scores[name][i] if name in scores else np.nan for i, name in enumerate(predictions)])
