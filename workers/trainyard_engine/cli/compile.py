"""``compile``: checks an uploaded file and turns it into a dataset directory."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import FrameType

from pydantic import ValidationError

from trainyard_common.atomic_io import sha256_of, write_synced
from trainyard_engine.ingest.archives.media_tables import with_media
from trainyard_engine.ingest.archives.unpacked import unpacked
from trainyard_engine.ingest.output import DATASET_FILE, OutputBusy, built_directory
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, Rejected
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import rows_of_parts
from trainyard_engine.ingest.tables.json_envelopes import without_envelope
from trainyard_engine.tasks.registry import reader_for
from trainyard_spec.compile_options import CompileOptions, describe_option
from trainyard_spec.datasets import CompiledDataset, CompileResult
from trainyard_spec.engine_protocol import ExitStatus
from trainyard_spec.tasks import Task

ORIGIN_FILE = "compiled_from.json"
"""What a dataset directory was compiled from, so that compiling the same again is known to be done."""


def run(arguments: list[str]) -> int:
    """Compiles and prints the ``CompileResult`` as the last line. Returns 0 when accepted, 2 when rejected."""
    request = _parse(arguments)
    with _terminable(), _without_pandas():
        result = compile_dataset(request)
    sys.stdout.write(result.model_dump_json() + "\n")
    sys.stdout.flush()
    return ExitStatus.SUCCEEDED if result.dataset else ExitStatus.INVALID_INPUT


def compile_dataset(request: CompileRequest) -> CompileResult:
    """Leaves a complete dataset at ``request.out``, or nothing.

    Compiling the same file with the same options to the same place again changes nothing and answers the same.
    """
    log = ProblemLog(listed=request.limits.problems_listed)
    try:
        dataset = _finished(request, log) or _compile(request, log)
    except Rejected:
        return CompileResult(dataset=None, problems=tuple(log.problems), problems_omitted=log.omitted)
    return CompileResult(dataset=dataset)


def _compile(request: CompileRequest, log: ProblemLog) -> CompiledDataset:
    try:
        with built_directory(request.out) as directory, ThreadPoolExecutor(1) as beside:
            _check_options(request, log)
            if request.source.stat().st_size == 0:
                log.reject(ProblemCode.EMPTY_FILE, "The file is empty. Upload it again.", file=request.filename)
            origin = beside.submit(_origin, request)
            with _opened(request, directory, log) as opened:
                compiled = reader_for(request.task)(opened, directory, log)
            dataset = compiled.model_copy(update={"given_rows": rows_of_parts(directory)})
            write_synced(directory / ORIGIN_FILE, origin.result().encode())
            write_synced(directory / DATASET_FILE, dataset.model_dump_json().encode())
    except OutputBusy:
        log.reject(ProblemCode.OUTPUT_BUSY, f"Another compilation to {request.out.name} is at work. Wait for its end.")
    except MemoryError:
        message = "Reading the file takes more memory than a check may use. Split it, or use smaller images or rows."
        log.reject(ProblemCode.TOO_LITTLE_MEMORY, message, file=request.filename)
    return dataset


@contextmanager
def _opened(request: CompileRequest, directory: Path, log: ProblemLog) -> Iterator[CompileRequest]:
    """``request`` for what its file wraps or packs, while the block lasts. Raises ``Rejected``."""
    with (
        with_media(request, directory, log) as found,
        unpacked(found, directory, log) as packed,
        without_envelope(packed, directory, log) as opened,
    ):
        yield opened


def _check_options(request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` for options that the task does not read."""
    for name in sorted(request.options.model_dump(exclude_none=True).keys() - request.task.traits.options):
        log.add(ProblemCode.OPTION_NOT_USED, f"The task {request.task} does not use the option {name}: leave it out.")
    log.raise_if_any()


def _finished(request: CompileRequest, log: ProblemLog) -> CompiledDataset | None:
    """The dataset that lies at ``out`` if it is complete and from the same file; ``None`` if nothing lies there.

    Raises ``Rejected`` if something else does: it is not ours to delete.
    """
    if not request.out.exists() or (request.out.is_dir() and not any(request.out.iterdir())):
        return None
    try:
        dataset = CompiledDataset.model_validate_json((request.out / DATASET_FILE).read_bytes())
        complete = all((request.out / file.name).stat().st_size == file.bytes for file in dataset.files)
        same_origin = (request.out / ORIGIN_FILE).read_text(encoding="utf-8") == _origin(request)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        complete = same_origin = False
    if not (complete and same_origin):
        message = f"{request.out.name} already holds something else. Choose another place, or remove it first."
        log.reject(ProblemCode.OUTPUT_EXISTS, message)
    return dataset


def _origin(request: CompileRequest) -> str:
    origin = {
        "sha256": sha256_of(request.source),
        "task": request.task,
        **request.options.model_dump(exclude_none=True),
    }
    return json.dumps(origin, sort_keys=True)


def _parse(arguments: list[str]) -> CompileRequest:
    parser = argparse.ArgumentParser(prog="trainyard_engine compile", description="Turns an upload into a dataset.")
    parser.add_argument("--source", type=Path, required=True, help="the uploaded file")
    parser.add_argument("--filename", help="the name the customer gave it (default: that of --source)")
    parser.add_argument("--task", choices=[task.value for task in Task], required=True)
    for name in CompileOptions.model_fields:
        action = "append" if name == "targets" else "store"
        parser.add_argument(f"--{name.replace('_', '-')}", help=describe_option(name), action=action)
    parser.add_argument("--out", type=Path, required=True, help="directory to create")
    given = parser.parse_args(arguments)
    if not given.source.is_file():
        parser.error(f"--source: there is no file {given.source}")
    try:
        options = CompileOptions.model_validate({name: getattr(given, name) for name in CompileOptions.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        parser.error(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}")
    filename = (given.filename or given.source.name).encode("utf-8", "replace").decode()
    return CompileRequest(
        source=given.source, filename=filename, task=Task(given.task), options=options, out=given.out.absolute()
    )


@contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM end the block like an error does, so that nothing half-made stays."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        """Raises ``ModuleNotFoundError`` for pandas, and leaves any other module to other finders."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used here", name=name)


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Arrow imports pandas wherever it is installed, only to recognize its objects: as slow as compiling 20 MB."""
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
