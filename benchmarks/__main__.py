"""``make bench``: prints every measurement beside its ratio to the aim."""

from rich.console import Console
from rich.table import Table

from benchmarks import spine


def main() -> None:
    report = Table("measurement", "measured", "ratio to the aim (below 1 is better)", box=None)
    for line in spine.measure():
        report.add_row(line.name, line.measured, "" if line.ratio is None else f"{line.ratio:.2f}")
    Console().print(report)


if __name__ == "__main__":
    main()
