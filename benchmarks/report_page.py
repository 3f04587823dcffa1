"""Markdown report of benchmarks: tables, and the page in which they stand."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

PAGE = Path("docs/benchmarks.md")


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def replace_section(name: str, text: str, *, page: Path = PAGE) -> None:
    """Puts ``text`` between the marks called ``name`` in the page."""
    begin, end = f"<!-- {name}: written by the benchmark -->", f"<!-- end of {name} -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{page} has no place for {name}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """In words: what the figures were measured on."""
    cores = len(os.sched_getaffinity(0))
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    load = os.getloadavg()[1]
    name = models[0] if models else platform.machine()
    return f"{cores} cores ({name}), {load:.0f} processes of others and ours at work on average"
