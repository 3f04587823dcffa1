"""Compiles an archive of class folders into ``audio.npy``, ``audio_offsets.npy`` and ``target.npy``."""

from pathlib import Path

import numpy as np

from trainyard_engine.compiler.class_folders import classes_by_folder
from trainyard_engine.compiler.output import NpyFile
from trainyard_engine.compiler.problems import ProblemLog
from trainyard_engine.compiler.recording_output import planned, write_recordings
from trainyard_engine.compiler.recording_survey import survey
from trainyard_engine.compiler.request import CompileRequest
from trainyard_spec.datasets import CompiledDataset


def compile_recordings(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the order of the recordings' names. Raises ``Rejected`` when ``log`` holds problems."""
    found = survey(request, log)
    folders = classes_by_folder(list(found), thing="recording", log=log, limits=request.limits)
    plan = planned(request, found, log)
    files = write_recordings(request, plan, directory, log)
    with NpyFile(directory / "target.npy", dtype=np.int64, shape=(len(found),)) as target:
        target.write(0, np.array(list(folders.target.values())))
        files = (*files, target.finish())
    return CompiledDataset(
        task=request.task,
        rows=len(found),
        classes=folders.classes,
        class_counts=folders.counts,
        profile=plan.profile(),
        files=files,
        warnings=tuple(log.warnings),
    )
