"""Compiles a table of who met what into ``user.npy``, ``item.npy``, the names of both, and ratings and times.

It is read once and its numbers are kept in memory, about 50 bytes a row, for the same pair may stand anywhere in it.
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.interactions.columns import Codes, InteractionColumns, NumberColumn, read_columns
from trainyard_engine.modalities.text.output import write_names
from trainyard_spec.datasets import CompiledDataset, InteractionProfile, Problem
from trainyard_spec.files import FileEntry

NEEDED = ("user", "item")
COLUMN_OPTIONS = (*NEEDED, "target", "time", "split")

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interactions:
    """What is written: names in order, and arrays (rows,); ``row`` are those of the table, from 1."""

    users: list[str]
    items: list[str]
    user: Codes
    item: Codes
    rating: Numbers | None
    time: Numbers | None
    part: Numbers | None
    row: npt.NDArray[np.intp]
    repeated: int


def compile_interactions(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the table's order. Raises ``Rejected`` when ``log`` holds problems."""
    _check_options(request, log)
    found = _without_repeats(read_columns(request, log), request, log)
    _check(found, request, log)
    rating, options = found.rating, request.options
    return CompiledDataset(
        task=request.task,
        rows=len(found.user),
        profile=InteractionProfile(
            user=options.user or "",
            item=options.item or "",
            target=options.target,
            time=options.time,
            users=len(found.users),
            items=len(found.items),
            minimum=None if rating is None else float(rating.min()),
            maximum=None if rating is None else float(rating.max()),
            repeated=found.repeated,
            split_by={"split": options.split} if options.split else {},
        ),
        entries={"users": len(found.users), "items": len(found.items)},
        files=_write(found, directory),
        warnings=tuple(log.warnings),
    )


def _check_options(request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` unless each column that is needed is named, and none twice."""
    named = {name: getattr(request.options, name) for name in COLUMN_OPTIONS}
    for name in NEEDED:
        if named[name] is None:
            message = f"Choose the column of {name}s: the option {name} is missing."
            log.add(ProblemCode.COLUMN_REQUIRED, message, file=request.filename)
    for (first, column), (second, other) in combinations(named.items(), 2):
        if column is not None and column == other:
            message = f"The options {first} and {second} name the same column. Choose one for each."
            log.add(ProblemCode.COLUMN_REUSED, message, file=request.filename, column=column)
    log.raise_if_any()


def _without_repeats(columns: InteractionColumns, request: CompileRequest, log: ProblemLog) -> Interactions:
    """Keeps a user's earliest interaction with an item. Raises ``Rejected`` where one was rated twice."""
    users, user = columns.user.in_order()
    items, item = columns.item.in_order()
    rating, time, part = map(_joined, (columns.rating, columns.time, columns.part))
    pair = user.astype(np.int64) * len(items) + item
    order = np.argsort(pair, kind="stable") if time is None else np.lexsort((time, pair))
    repeats = np.sort(order[1:][pair[order[1:]] == pair[order[:-1]]])
    if len(repeats) and rating is not None:
        _report_ratings(repeats, users, user, items, item, request, log)
    kept = np.ones(len(user), dtype=np.bool_)
    kept[repeats] = False
    if len(repeats):
        message = f"{len(repeats):,} rows repeat a user's interaction with an item and were left out."
        log.note(WarningCode.REPEATED_INTERACTION, message, file=request.filename)
    return Interactions(
        users=users,
        items=items,
        user=user[kept],
        item=item[kept],
        rating=rating,
        time=None if time is None else time[kept],
        part=None if part is None else part[kept],
        row=np.flatnonzero(kept) + 1,
        repeated=len(repeats),
    )


def _joined(column: NumberColumn | None) -> Numbers | None:
    return None if column is None else np.concatenate(column.values)


def _report_ratings(
    repeats: npt.NDArray[np.intp],
    users: list[str],
    user: Codes,
    items: list[str],
    item: Codes,
    request: CompileRequest,
    log: ProblemLog,
) -> None:
    """Raises ``Rejected``."""
    log.extend(
        len(repeats),
        (
            Problem(
                code=ProblemCode.RATED_TWICE,
                message=f"{users[user[row]]!r} has rated {items[item[row]]!r} in another row. Keep one of them.",
                file=request.filename,
                row=int(row) + 1,
                column=request.options.target,
            )
            for row in repeats
        ),
    )
    log.raise_if_any()


def _check(found: Interactions, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` where there is nothing to learn."""
    for names, what in ((found.users, "user"), (found.items, "item")):
        if len(names) < request.limits.least_ids:
            message = f"There is only one {what}, so there is nothing to tell apart. Add rows of others."
            log.add(ProblemCode.TOO_FEW_IDS, message, file=request.filename)
    log.raise_if_any()
    if len(found.user) - len(found.users) < request.limits.least_second_interactions:
        message = "Nearly every user stands in a single row, so no taste can be learnt or tested. Add rows of each."
        log.add(ProblemCode.SINGLE_INTERACTIONS, message, file=request.filename)
    if found.rating is not None and found.rating.min() == found.rating.max():
        message = "All ratings are the same. Leave out the option target to learn from who met what alone."
        log.add(ProblemCode.CONSTANT_RATING, message, file=request.filename, column=request.options.target)
    log.raise_if_any()


def _write(found: Interactions, directory: Path) -> tuple[FileEntry, ...]:
    arrays: dict[str, tuple[npt.NDArray[np.generic], type[np.generic]]] = {
        "user": (found.user, np.int32),
        "item": (found.item, np.int32),
    }
    if found.rating is not None:
        arrays["target"] = (found.rating, np.float64)
    if found.time is not None:
        arrays["time"] = (found.time, np.float64)
    if found.part is not None:
        arrays["split_split"] = (found.part, np.float64)
    if found.repeated:
        arrays["row"] = (found.row, np.int64)
    files: list[FileEntry] = []
    for name, (values, dtype) in arrays.items():
        with NpyFile(directory / f"{name}.npy", dtype=dtype, shape=values.shape) as file:
            file.write(0, values)
            files.append(file.finish())
    for name, names in (("users", found.users), ("items", found.items)):
        files += write_names(directory, name, names)
    return tuple(files)
