"""``make attack``: uploads every hostile file as the platform takes it, and prints what each kind cost at worst."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from trainyard_common.sandbox.probing import probe


def main(arguments: list[str]) -> int:
    """The exit status: 1 where one did what it should not. ``arguments``: words of the titles to try, none for all."""
    from tests.attack.hostile.measuring import Measured

    console = Console(width=160)
    found: list[Measured] = []
    for measured in _tried(arguments):
        found.append(measured)
        for fault in measured.faults:
            console.print(f"[bold red]{measured.file.title}[/] ({measured.size:,} bytes) {fault}")
    table = Table("kind", "files", "accepted", "worst MiB", "worst seconds", "refused as")
    for kind in dict.fromkeys(each.file.kind for each in found):
        of_kind = [each for each in found if each.file.kind == kind]
        codes = sorted({code for each in of_kind for code in each.codes})
        table.add_row(
            kind,
            str(len(of_kind)),
            str(sum(not each.codes for each in of_kind)),
            f"{max(each.memory for each in of_kind) / 2**20:,.0f}",
            f"{max(each.seconds for each in of_kind):.1f}",
            ", ".join(codes),
        )
    console.print(table)
    faults = sum(bool(each.faults) for each in found)
    console.print(f"{faults} of {len(found)} hostile files did what they should not.")
    return 1 if faults else 0


def _tried(words: list[str]) -> "Iterator[Measured]":  # noqa: F821  imported when Django is set up
    from tests.attack.hostile.catalogue import hostile_files
    from tests.attack.hostile.measuring import measured

    sandbox = probe()
    for file in hostile_files():
        if all(word in file.title for word in words):
            with tempfile.TemporaryDirectory() as directory:
                yield measured(file, Path(directory), sandbox=sandbox)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
    import django

    sys.path[:0] = ["platform", "workers", "contracts", "sdk"]
    django.setup()
    sys.exit(main(sys.argv[1:]))
