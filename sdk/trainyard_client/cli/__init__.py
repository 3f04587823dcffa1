"""The ``trainyard`` command: what the dashboard does, from a shell."""

import sys
from typing import Any

from trainyard_client.version import __version__


def main() -> None:
    """Runs the command line; what went wrong is a sentence, and a status that ``failures`` lists."""
    if sys.argv[1:] == ["--version"]:  # as fast as it can be
        sys.stdout.write(f"trainyard {__version__}\n")
        return
    from trainyard_client.cli.failures import reported
    from trainyard_client.cli.root import app

    with reported():
        app(prog_name="trainyard")


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from trainyard_client.cli.root import app

    return app
