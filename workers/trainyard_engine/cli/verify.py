"""``verify``: whether every file of a model or a checkpoint has the size and SHA-256 of its manifest."""

import argparse
from pathlib import Path

from pydantic import ValidationError

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.core.atomic_io import DamagedFile, check_files
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_spec.base import WireModel
from trainyard_spec.engine_protocol import MANIFEST_FILE, ExitStatus, Verified
from trainyard_spec.files import FileEntry


class AnyManifest(WireModel):
    """What the manifests of models and checkpoints have in common."""

    files: tuple[FileEntry, ...]


def run(arguments: list[str]) -> int:
    """Prints ``Verified`` or ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine verify", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory of a model or a checkpoint")
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _verify(options.path, messages))


def _verify(directory: Path, messages: Messages) -> ExitStatus:
    try:
        manifest = AnyManifest.model_validate_json((directory / MANIFEST_FILE).read_bytes())
        check_files(directory, manifest.files)
    except (OSError, ValidationError, DamagedFile) as error:
        raise EngineFault(f"{directory} is damaged: {error}", code="damaged") from error
    messages.send(Verified(files=manifest.files))
    return ExitStatus.SUCCEEDED
