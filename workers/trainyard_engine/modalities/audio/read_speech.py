"""Compiles recordings with transcripts into ``audio.npy`` and ``transcript.npy``, each with its offsets."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.archives.class_folders import common_top
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import (
    FOLDERS,
    columns_of_files,
    held_back,
    placed,
    split_columns,
    write_split,
)
from trainyard_engine.modalities.audio.decode import Heading
from trainyard_engine.modalities.audio.samples import planned, write_recordings
from trainyard_engine.modalities.audio.survey import survey
from trainyard_engine.modalities.audio.transcript_tables import tables_of_rows
from trainyard_engine.modalities.audio.transcripts import Transcripts
from trainyard_engine.modalities.text.output import write_names
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry


def compile_speech(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the order of the recordings' names. Raises ``Rejected`` when ``log`` holds problems."""
    by_columns = columns_of_files(request)
    transcripts = Transcripts(log, by_columns=by_columns)
    found = survey(request, log, takes=transcripts.takes)
    texts = transcripts.of(found, listed=tables_of_rows(request, found, by_columns.values(), log))
    found = {name: found[name] for name in texts}
    splits = _splits(request, transcripts, found, log)
    if len(found) < request.limits.least_rows:
        message = f"There are {len(found)} recordings; at least {request.limits.least_rows} are needed. Add more."
        log.add(ProblemCode.TOO_FEW_ROWS, message)
    log.raise_if_any()
    alphabet = tuple(sorted(set(chain.from_iterable(texts.values()))))
    if len(alphabet) > request.limits.characters:
        message = (
            f"The transcripts hold {len(alphabet):,} different characters, more than {request.limits.characters:,}."
        )
        log.reject(ProblemCode.TOO_MANY_CHARACTERS, message)
    plan = planned(request, found, log)
    files = (
        *write_recordings(request, plan, directory, log),
        *_write(list(texts.values()), alphabet, directory),
        *write_names(directory, "name", list(found)),
        *(write_split(option, values, directory) for option, values in splits.items()),
    )
    return CompiledDataset(
        task=request.task,
        rows=len(found),
        profile=plan.profile(alphabet=alphabet, split_by=_split_by(request, splits)),
        files=files,
        warnings=tuple(log.warnings),
    )


def _splits(
    request: CompileRequest, transcripts: Transcripts, found: dict[str, Heading], log: ProblemLog
) -> dict[str, npt.NDArray[np.float64]]:
    """By option, what each recording is split by, float64 (recordings,), in the order of ``found``.

    Raises ``Rejected`` when ``log`` holds problems.
    """
    splits = transcripts.splits(found)
    log.raise_if_any()
    by_tables = transcripts.parts(list(found)) if request.options.split in (None, FOLDERS) else None
    if by_tables is not None and (request.options.split or {0, 2} <= set(by_tables.tolist())):
        splits["split"] = by_tables
    elif request.options.split == FOLDERS:
        parts = placed(found, top=common_top(found), log=log).parts
        splits["split"] = np.array([parts[name] for name in found], dtype=np.float64)
    if "split" in splits:
        splits["split"] = held_back(splits["split"], list(found), log)
    return splits


def _split_by(request: CompileRequest, splits: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, str]:
    """What the options say; tables that are called by the parts say so of themselves."""
    return ({"split": FOLDERS} if "split" in splits else {}) | split_columns(request)


def _write(texts: list[str], alphabet: tuple[str, ...], directory: Path) -> tuple[FileEntry, ...]:
    numbers = {character: number for number, character in enumerate(alphabet, start=1)}
    labels = np.array([numbers[character] for character in chain.from_iterable(texts)], dtype=np.int32)
    ends = np.cumsum([0, *map(len, texts)])
    with (
        NpyFile(directory / "transcript.npy", dtype=np.int32, shape=labels.shape) as transcript,
        NpyFile(directory / "transcript_offsets.npy", dtype=np.int64, shape=ends.shape) as offsets,
    ):
        transcript.write(0, labels)
        offsets.write(0, ends)
        return transcript.finish(), offsets.finish()
