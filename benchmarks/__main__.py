"""``make bench``: prints every measurement beside its ratio to the aim; ``ARGS="scheduling"`` for that part alone."""

import sys

from rich.console import Console
from rich.table import Table

from benchmarks import claiming, scheduling, spine


def of_the_spine() -> None:
    """How long a customer waits, and what the web process weighs."""
    report = Table("measurement", "measured", "ratio to the aim (below 1 is better)", box=None)
    for line in spine.measure():
        report.add_row(line.name, line.measured, "" if line.ratio is None else f"{line.ratio:.2f}")
    Console().print(report)


PARTS = {"spine": of_the_spine, "scheduling": scheduling.report, "claiming": claiming.report}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"There is no part named {unknown[0]}. Parts: {', '.join(PARTS)}.")
    for name in names or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
