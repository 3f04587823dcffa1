"""Parallel texts as OPUS and WMT pack them: two files, ``a.en`` and ``a.de``, whose lines translate each other."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from trainyard_engine.ingest.encodings import UnknownEncoding, as_utf8
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.tasks import Task

Member = TypeVar("Member")


def parallel_files(named: Sequence[tuple[Member, str]], request: CompileRequest) -> tuple[Member, Member] | None:
    """The files of an archive that end in what the options call the texts and their translations.

    ``None`` unless there is one of each.
    """
    if request.task is not Task.TRANSLATION:
        return None
    asked = (request.options.text, request.options.target)
    found = [[member for member, name in named if PurePosixPath(name).suffix == f".{ending}"] for ending in asked]
    return (found[0][0], found[1][0]) if [len(members) for members in found] == [1, 1] else None


def as_table(contents: tuple[bytes, bytes], request: CompileRequest, log: ProblemLog) -> bytes:
    """CSV of both, a column each; lines without a word in either are none. Raises ``Rejected``."""
    try:
        sides = [as_utf8(content)[0].decode().removesuffix("\n").split("\n") for content in contents]
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
    names = (request.options.text, request.options.target)
    if len(sides[0]) != len(sides[1]):
        message = f"The text .{names[0]} has {len(sides[0]):,} lines and .{names[1]} {len(sides[1]):,}: each needs one"
        log.reject(ProblemCode.MALFORMED_TABLE, f"{message} line for one of the other.", file=request.filename)
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(row for row in zip(*sides, strict=True) if any(map(str.strip, row)))
    return table.getvalue().encode()
