"""Compiles texts with a tag for each word into ``word.npy`` and ``tag.npy`` with their offsets."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.json_objects import RowPosition, parts_file, rows_of_objects, write_part
from trainyard_engine.modalities.text.tag_columns import TaggedText, tagged_columns
from trainyard_engine.modalities.text.tag_files import TagFacts, TagFiles
from trainyard_engine.modalities.text.tag_forms import FORMS, MalformedTags, form_of, read_object
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tagged_texts import TagForm

Row = tuple[RowPosition, TaggedText | None]


def compile_tags(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems."""
    with ExitStack() as stack:
        files = stack.enter_context(TagFiles(directory))
        parts = stack.enter_context(parts_file(directory)) if request.options.split else None
        facts = TagFacts()
        for place, row in _rows(request, facts, parts, log):
            if row is None or not _is_sound(row, place, request, log) or log.problems:
                continue
            files.add(row)
            facts.add(row)
            _check_size(files, request, log)
        log.raise_if_any()
        _check_rows(facts, request, log)
        tags = files.finish(facts, request, log)
        written = (*tags.files, *((parts.finish(),) if parts else ()))
    return CompiledDataset(
        task=request.task,
        rows=facts.rows,
        classes=tags.classes,
        class_counts=tags.counts,
        profile=facts.profile(tags, split=request.options.split),
        entries={"word": facts.words},
        files=written,
        warnings=tuple(log.warnings),
    )


def _rows(request: CompileRequest, facts: TagFacts, parts: NpyFile | None, log: ProblemLog) -> Iterator[Row]:
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    if found in (Format.JSONL, Format.JSON_ARRAY, Format.PARQUET):
        yield from _tagged_objects(rows_of_objects(request, log, found), request, facts, parts, log)
    elif found is Format.CSV:
        if request.options.split:
            message = "Columns of tokens and tags do not say which part a text is of: leave the option split out."
            log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
        facts.form = "columns"
        yield from tagged_columns(request, log)
    else:
        message = (
            f"The file is {found}. Tagged texts come as JSON lines, an object each, as one JSON array, as Parquet or in"
            " columns: a token a line, its tag last, and an empty line between texts."
        )
        log.reject(ProblemCode.NOT_TAGGED, message, file=request.filename)


def _tagged_objects(
    objects: Iterator[tuple[RowPosition, dict[str, Any] | None]],
    request: CompileRequest,
    facts: TagFacts,
    parts: NpyFile | None,
    log: ProblemLog,
) -> Iterator[Row]:
    for place, row in objects:
        if parts and row is not None:
            write_part(parts, row, place, request.options.split, log)
        yield place, _tagged_object(row, place, facts, log) if row is not None else None


def _tagged_object(row: dict[str, Any], at: RowPosition, facts: TagFacts, log: ProblemLog) -> TaggedText | None:
    form = form_of(row)
    if form is None:
        wanted = ", or ".join(f"{known.words[0]} and {known.tags[0]}" for known in FORMS)
        export = " Label Studio writes them in the export JSON-MIN." if {"data", "annotations"} <= row.keys() else ""
        at.add(log, ProblemCode.UNKNOWN_TAG_FORM, f"The object has not the keys {wanted}.{export}")
        return None
    first: TagForm = facts.form or form.name
    facts.form = first
    if form.name != first:
        at.add(log, ProblemCode.MIXED_FORMS, f"This row is in the form {form.name}, and the first in {first}.")
        return None
    try:
        read = read_object(form, row)
    except MalformedTags as error:
        at.add(log, error.code, str(error), column=error.place)
        return None
    if facts.is_numbered is None and read.words:
        facts.is_numbered = read.is_numbered
    if read.words and read.is_numbered != facts.is_numbered:
        message = "Some rows have numbers for tags, and some names. Write the names of tags, such as B-PER, everywhere."
        at.add(log, ProblemCode.MALFORMED_TAGS, message, column=(form.keys_in(row) or ("", ""))[1])
        return None
    return read


def _is_sound(row: TaggedText, at: RowPosition, request: CompileRequest, log: ProblemLog) -> bool:
    """Whether ``row`` can be learnt from; adds a problem where not."""
    limits, words = request.limits, len(row.words)
    if not words:
        at.add(log, ProblemCode.TEXT_MISSING, "The text has no word. Fill it in or leave the row out.")
    elif words > limits.words:
        message = f"The text has {words:,} words, of which {limits.words:,} are allowed. Divide it into several texts."
        at.add(log, ProblemCode.TOO_MANY_TOKENS, message)
    elif long := next((tag for tag in row.tags if len(tag) > limits.label_characters), None):
        message = f"The tag {long[:20]}… has {len(long):,} characters; {limits.label_characters} are allowed."
        at.add(log, ProblemCode.TOO_MANY_CLASSES, message)
    else:
        return True
    return False


def _check_size(files: TagFiles, request: CompileRequest, log: ProblemLog) -> None:
    limits = request.limits
    if files.stored > limits.compiled_size:
        message = f"The texts take more than {limits.compiled_size:,} bytes. Use fewer."
        log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    if len(files.names) > limits.classes:
        message = f"There are more than {limits.classes:,} different tags. Is the last column, or tags, the right one?"
        log.reject(ProblemCode.TOO_MANY_CLASSES, message, file=request.filename)


def _check_rows(facts: TagFacts, request: CompileRequest, log: ProblemLog) -> None:
    if facts.rows < request.limits.least_rows:
        message = f"The file has {facts.rows} texts; at least {request.limits.least_rows} are needed."
        if facts.form == "columns":
            message += " An empty line stands between two of them."
        log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)
