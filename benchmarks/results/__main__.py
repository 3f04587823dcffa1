"""``make results``: trains a model for each task on real data, and tables its score beside those of others."""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report_page import machine, replace_section
from benchmarks.results import report
from benchmarks.results.row import ResultRow
from trainyard_engine.core.faults import EngineFault

PAGE = Path("docs/results.md")
PARTS = (
    "images",
    "angles",
    "tables",
    "texts",
    "languages",
    "translations",
    "speech",
    "forecasts",
    "sequences",
    "tags",
    "recommendations",
    "transfer",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.results", description=__doc__)
    parser.add_argument("--only", choices=PARTS, nargs="+", help="these parts alone; the page keeps its other rows")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    given = parser.parse_args()
    started = time.monotonic()
    rows: list[ResultRow] = []
    missing: dict[str, str] = {}
    for name in given.only or PARTS:
        print(f"{name} …", file=sys.stderr)
        try:
            rows += _run(name)
        # What a machine lacks, or data that the engine will not have, is said in the table; all else is a defect.
        except (ImportError, OSError, EngineFault) as problem:
            missing[name] = f"{type(problem).__name__}: {problem}"
    minutes = (time.monotonic() - started) / 60
    took = f"took {minutes:.1f} minutes; {machine()}, no GPU."
    if given.only:
        rows = report.merged(report.read(PAGE.read_text(encoding="utf-8")), rows) if given.write else rows
        told = f"Measured last: {', '.join(given.only)}, which {took} The other rows are of earlier runs."
    else:
        told = f"All {took}"
    text = f"{report.text(rows, missing)}\n\n{told}"
    print(text)
    if given.write:
        replace_section("results", text, page=PAGE)
    sys.exit(1 if missing else 0)


def _run(name: str) -> list[ResultRow]:
    with TemporaryDirectory(prefix="trainyard-results-") as directory:
        rows: list[ResultRow] = import_module(f"benchmarks.results.{name}").run(Path(directory))
        return rows


if __name__ == "__main__":
    main()
