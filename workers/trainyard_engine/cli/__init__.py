"""The engine's commands. Each module named here has ``run(arguments: list[str]) -> int``, an ``ExitStatus``."""

import os
import sys
from importlib import import_module

from trainyard_common.garbage_collection import without_collection
from trainyard_spec.engine_protocol import ExitStatus

COMMANDS = {
    "compile": "trainyard_engine.cli.compile",
    "train": "trainyard_engine.cli.train",
    "profile": "trainyard_engine.cli.profile",
    "predict": "trainyard_engine.cli.predict",
    "generate": "trainyard_engine.cli.generate",
    "evaluate": "trainyard_engine.cli.evaluate",
    "export": "trainyard_engine.cli.export",
    "import": "trainyard_engine.cli.import_adapter",
    "verify": "trainyard_engine.cli.verify",
    "host": "trainyard_engine.cli.host",
    "forkserver": "trainyard_engine.cli.forkserver",
    "confined": "trainyard_engine.cli.confined",
}
USAGE = f"usage: python -m trainyard_engine {{{','.join(COMMANDS)}}} …\nEach command explains itself with --help.\n"


def run(arguments: list[str]) -> int:
    """Runs the command that ``arguments`` start with and returns its exit status.

    Only that command's module is imported, so that compiling a dataset needs no torch.
    """
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = arguments[:1] in (["-h"], ["--help"])
        sys.stderr.write(USAGE)
        return ExitStatus.SUCCEEDED if asked_for_help else ExitStatus.INVALID_INPUT
    # Read when torch loads OpenMP. By default its threads spin while they wait, which on a host whose CPUs are shared
    # made small trainings here five times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if arguments[0] == "compile":
        # Read when NumPy loads OpenBLAS, whose threads spin while they wait for products that are never asked for.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with without_collection():
        command = import_module(COMMANDS[arguments[0]])
    status: int = command.run(arguments[1:])
    return status
