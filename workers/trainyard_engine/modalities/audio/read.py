"""Compiles an archive of class folders into ``audio.npy``, ``audio_offsets.npy`` and ``target.npy``."""

from pathlib import Path

from trainyard_engine.ingest.class_folders import classes_by_folder
from trainyard_engine.ingest.problems import ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.audio.samples import planned, write_recordings
from trainyard_engine.modalities.audio.survey import survey
from trainyard_spec.datasets import CompiledDataset


def compile_recordings(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the order of the recordings' names. Raises ``Rejected`` when ``log`` holds problems."""
    found = survey(request, log)
    folders = classes_by_folder(list(found), thing="recording", request=request, log=log)
    found = {name: found[name] for name in folders.names}
    plan = planned(request, found, log)
    files = write_recordings(request, plan, directory, log)
    return CompiledDataset(
        task=request.task,
        rows=len(found),
        classes=folders.classes,
        class_counts=folders.counts,
        profile=plan.profile(split_by=folders.split_by),
        files=(*files, *folders.write(directory)),
        warnings=tuple(log.warnings),
    )
