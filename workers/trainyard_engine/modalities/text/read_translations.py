"""Compiles texts with their translations: two columns of a table."""

from pathlib import Path

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import split_columns
from trainyard_engine.ingest.tables.split_columns import write_split_columns
from trainyard_engine.modalities.text.columns import TextColumn, compile_text_columns
from trainyard_spec.datasets import CompiledDataset


def compile_translations(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes ``text.npy`` and ``translation.npy`` with their offsets. Raises ``Rejected``."""
    text, target = request.options.text, request.options.target
    if text is None:
        message = "Choose the column of texts to translate: the option text is missing."
        log.reject(ProblemCode.TEXT_REQUIRED, message, file=request.filename)
    if target is None:
        message = "Choose the column of their translations: the option target is missing."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    if text == target:
        message = "The texts and their translations must be different columns."
        log.reject(ProblemCode.TEXT_UNSUPPORTED, message, file=request.filename, column=text)
    columns = {
        "text": TextColumn(text, ProblemCode.TEXT_UNKNOWN),
        "translation": TextColumn(target, ProblemCode.TARGET_UNKNOWN),
    }
    files = compile_text_columns(request, columns, directory, log)
    facts = columns["text"].facts
    files = (*files, *write_split_columns(request, facts.rows, directory, log))
    return CompiledDataset(
        task=request.task,
        rows=facts.rows,
        profile=facts.profile(text=text, target=target).model_copy(update={"split_by": split_columns(request)}),
        files=files,
        warnings=tuple(log.warnings),
    )
