"""Compiles texts with classes or numbers into ``text.npy``, ``text_offsets.npy`` and ``target.npy``.

Texts are stored, not tokens: a vocabulary is learnt from the rows a job trains on, and those differ from job to job.
"""

from pathlib import Path

from trainyard_engine.ingest.formats import ARCHIVES, HEAD_SIZE, tell_format
from trainyard_engine.ingest.problems import ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.text.read_archives import compile_text_archive
from trainyard_engine.modalities.text.read_tables import compile_text_table
from trainyard_spec.datasets import CompiledDataset


def compile_texts(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems."""
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    is_archive = found in ARCHIVES and request.task.is_classification  # Of folders no number is known.
    compiler = compile_text_archive if is_archive else compile_text_table
    return compiler(request, directory, log)
