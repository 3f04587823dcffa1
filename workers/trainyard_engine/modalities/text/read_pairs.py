"""Compiles pairs of texts: two columns of a table, and a third of negatives or of scores."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import split_columns
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.split_columns import write_split_columns
from trainyard_engine.modalities.tabular.spool import Spool
from trainyard_engine.modalities.text.columns import TextColumn, compile_text_columns
from trainyard_engine.modalities.text.read_tables import number_target, write_target
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry

PAIRS = (
    ("anchor", "positive"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("premise", "hypothesis"),
)
"""The columns of the two texts, as sentence-transformers' documentation, Quora's pairs, SNLI and MNLI call them."""
NEGATIVE = "negative"
SCORES = ("score", "label", "similarity", "is_duplicate")
"""The columns of which one may say how alike a pair is, from 0 to 1."""
RELATION = re.compile(r"(^|_)(labels?|scores?|similarity|relatedness|relation|judge?ment|entailment|duplicate)(_|$)")
"""What a column is called that says how two texts relate: to pass it over would take contradictions for pairs."""

PairForm = Literal["pairs", "triplets", "scored"]


@dataclass(frozen=True, slots=True)
class PairColumns:
    """Columns of a table of pairs, by name; of ``negative`` and ``score`` at most one is there."""

    anchor: str
    positive: str
    negative: str | None = None
    score: str | None = None

    @property
    def form(self) -> PairForm:
        if self.score:
            return "scored"
        return "triplets" if self.negative else "pairs"


def compile_pairs(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes ``text.npy``, ``positive.npy`` and what else there is, rows in the table's order. Raises ``Rejected``."""
    found = _columns(request, log)
    columns = {
        "text": TextColumn(found.anchor, ProblemCode.TEXT_UNKNOWN),
        "positive": TextColumn(found.positive, ProblemCode.TEXT_UNKNOWN),
    }
    if found.negative:
        columns["negative"] = TextColumn(found.negative, ProblemCode.TEXT_UNKNOWN)
    scores = _write_scores(found.score, request, directory, log) if found.score else ()
    files = (*compile_text_columns(request, columns, directory, log), *scores)
    facts = columns["text"].facts
    files = (*files, *write_split_columns(request, facts.rows, directory, log))
    about = {"form": found.form, "split_by": split_columns(request)}
    return CompiledDataset(
        task=request.task,
        rows=facts.rows,
        profile=facts.profile(text=found.anchor, target=found.positive).model_copy(update=about),
        files=files,
        warnings=tuple(log.warnings),
    )


def _columns(request: CompileRequest, log: ProblemLog) -> PairColumns:
    """Raises ``Rejected`` for a table without two columns of texts, or with one too many beside them."""
    names: dict[str, None] = {}
    for batch in batches_of(request, log):
        names.update(dict.fromkeys(batch.columns))
    log.raise_if_any()
    pair = next((pair for pair in PAIRS if names.keys() >= set(pair)), None)
    if pair is None:
        listed = " or ".join(f"{first} and {second}" for first, second in PAIRS)
        found = ", ".join(list(names)[:10])
        message = f"A table of pairs has the columns {listed}, and this one has {found}. Rename them."
        log.reject(ProblemCode.TEXT_UNKNOWN, message, file=request.filename)
    others = [name for name in (NEGATIVE, *SCORES) if name in names]
    if len(others) > 1:
        message = f"Beside its texts a pair has a negative or one score, and this table has {' and '.join(others)}."
        log.reject(ProblemCode.COLUMN_REUSED, message + " Leave out all but one.", file=request.filename)
    other = next(iter(others), None)
    _refuse_relations(names.keys() - {*pair, other, request.options.split, request.options.group}, request, log)
    is_negative = other == NEGATIVE
    return PairColumns(*pair, negative=other if is_negative else None, score=None if is_negative else other)


def _refuse_relations(unused: Collection[str], request: CompileRequest, log: ProblemLog) -> None:
    for name in sorted(unused):
        if RELATION.search(name.casefold()):
            message = (
                f"The column {name} seems to say how two texts relate, and would not be used: each row counts as two "
                "texts that belong together. Keep the rows that do and leave the column out, or call it score, with "
                "numbers from 0 to 1."
            )
            log.add(ProblemCode.RELATION_UNUSED, message, file=request.filename, column=name)
    log.raise_if_any()


def _write_scores(name: str, request: CompileRequest, directory: Path, log: ProblemLog) -> tuple[FileEntry, ...]:
    """``target.npy`` of the column ``name``. Raises ``Rejected`` unless all are numbers from 0 to 1."""
    scored = replace(request, options=request.options.model_copy(update={"target": name}))
    with Spool(directory) as spool:
        faults = ProblemLog(listed=request.limits.problems_listed)
        target = number_target(scored, spool, log, faults)
        log.absorb(faults)
        log.raise_if_any()
        rows = 0
        for batch in spool.batches():
            for place, score in enumerate(target.of(batch).tolist(), start=rows + 1):
                if not 0 <= score <= 1:
                    message = f"The score {score:g} does not lie between 0 and 1. Divide all scores by the largest."
                    log.add(ProblemCode.SCORE_OUT_OF_RANGE, message, file=request.filename, row=place, column=name)
            rows += batch.rows
        log.raise_if_any()
        return (write_target(target, rows, spool, directory)[1],)
