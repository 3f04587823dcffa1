"""Compiles recordings into ``audio.npy`` and ``audio_offsets.npy``, and their classes into ``target.npy``."""

from pathlib import Path

from trainyard_engine.ingest.archives.found_tables import LabelTables
from trainyard_engine.ingest.archives.targets_of_files import targets_of_files
from trainyard_engine.ingest.problems import ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.audio.samples import planned, write_recordings
from trainyard_engine.modalities.audio.survey import survey
from trainyard_spec.datasets import CompiledDataset


def compile_recordings(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the order of the recordings' names. Raises ``Rejected`` when ``log`` holds problems."""
    tables = LabelTables()
    found = survey(request, log, takes=tables.takes)
    targets = targets_of_files(list(found), tables, thing="recording", request=request, directory=directory, log=log)
    found = {name: found[name] for name in targets.names}
    plan = planned(request, found, log)
    files = write_recordings(request, plan, directory, log)
    return CompiledDataset(
        task=request.task,
        rows=len(found),
        classes=targets.classes,
        class_counts=targets.counts,
        profile=plan.profile(split_by=targets.split_by),
        files=(*files, *targets.write(directory)),
        warnings=tuple(log.warnings),
    )
