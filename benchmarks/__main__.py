"""``make bench``: prints what is measured beside what is aimed at; ``ARGS="scheduling"`` for that part alone."""

import signal
import subprocess
import sys
import time
from importlib import import_module

PARTS = {
    "end_to_end": "benchmarks.end_to_end",
    "scheduling": "benchmarks.scheduling",
    "claiming": "benchmarks.claiming",
    "billing": "benchmarks.billing",
    "quotes": "benchmarks.quotes",
    "metrics": "benchmarks.control_plane.metrics",
    "jobs": "benchmarks.control_plane.jobs",
    "api": "benchmarks.api",
    "ingest": "benchmarks.control_plane.ingest",
    "uploads": "benchmarks.uploads",
    "encryption": "benchmarks.encryption",
    "training_sessions": "benchmarks.training_sessions",
    "generation": "benchmarks.generation",
    "decoding": "benchmarks.cached_decoding",
    "language": "benchmarks.language.report",
    "browser": "benchmarks.browser.report",
    "load": "benchmarks.control_plane.load",
    "overload": "benchmarks.control_plane.overload",
    "greedy": "benchmarks.control_plane.greedy",
    "busy_host": "benchmarks.busy_host",
}
"""Modules with a ``report()`` that measures and prints. They are imported when it is their turn."""


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"There is no part named {unknown[0]}. Parts: {', '.join(PARTS)}.")
    if len(names) == 1:
        _report(names[0])
        return
    for name in names or PARTS:  # each in a process of its own, so that none finds what another left
        subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)


def _report(name: str) -> None:
    """Measures one part; says on the same stream as the figures that there are none, should it end without them."""
    began = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stopped)
    print(f"{name}: measuring", flush=True)
    try:
        import_module(PARTS[name]).report()
    except BaseException as error:
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        print(f"{name} ended without its figures after {time.monotonic() - began:.0f} s. {why}", flush=True)
        raise


def _stopped(number: int, _frame: object) -> None:
    sys.exit(f"stopped by {signal.Signals(number).name}")


if __name__ == "__main__":
    main(sys.argv[1:])
