#!/usr/bin/env python
"""Runs Django's commands with the project's source roots on the path."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SOURCE_ROOTS = ("platform", "workers", "contracts", "sdk")


def main() -> None:
    for name in reversed(SOURCE_ROOTS):
        sys.path.insert(0, str(ROOT / name))
    if sys.argv[1:2] == ["up"]:
        # Starts everything without importing Django: its settings depend on the options of the command.
        from trainyard.config.embedded.command import run

        sys.exit(run(sys.argv[2:]))
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):  # one that is set to nothing names no settings, either
        os.environ["DJANGO_SETTINGS_MODULE"] = "trainyard.config.settings"
    from trainyard.config.commands import run as run_command

    run_command(sys.argv)


if __name__ == "__main__":
    main()
