"""``make attack``: tries everything from inside a compilation, a training and a prediction, and prints a table."""

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from trainyard_common.sandbox import SandboxKind
from trainyard_common.sandbox.probing import probe


def main() -> int:
    """The exit status: 1 where anything succeeded, and 2 on a host that allows no namespaces."""
    sandbox = probe()
    console = Console(width=140)
    for sentence in sandbox.missing:
        console.print(sentence)
    if sandbox.kind is not SandboxKind.NAMESPACES:
        console.print("This host allows no namespaces: there is no wall to try.")
        return 2
    from tests.attack.stage import WAYS, built

    with tempfile.TemporaryDirectory() as directory, built(Path(directory), sandbox) as stage:
        results = {way: stage.attack(way) for way in WAYS}
    table = Table("probe", *WAYS)
    for name in results[WAYS[0]]:
        outcomes = (results[way].get(name, {"succeeded": True, "how": "not tried"}) for way in WAYS)
        table.add_row(name, *(_cell(outcome) for outcome in outcomes))
    console.print(table)
    succeeded = sum(outcome["succeeded"] for each in results.values() for outcome in each.values())
    console.print(f"{succeeded} of {sum(map(len, results.values()))} probes succeeded.")
    return 1 if succeeded else 0


def _cell(outcome: dict[str, object]) -> str:
    return f"[bold red]SUCCEEDED[/] {outcome['how']}" if outcome["succeeded"] else str(outcome["how"])[:60]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
    sys.exit(main())
