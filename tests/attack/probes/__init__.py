"""Probes: each tries one thing that must not work, and returns if it did; being refused, it raises.

They run inside the sandbox, one after the other, each in a process of its own. ``told`` is what an attacker could know
of the host: paths, process ids, ports.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

SECONDS = 20
"""What hangs for so long has got nothing."""
LONGEST = 4_000
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """``harmless`` ones change nothing of a host without walls, where they succeed."""

    name: str
    attempt: Callable[[Told], object]
    harmless: bool


PROBES: list[Probe] = []


class Nothing(Exception):
    """It was not refused, and yet there was nothing to be had."""


def probe(name: str, *, harmless: bool = False) -> Callable[[Callable[[Told], object]], Callable[[Told], object]]:
    def register(attempt: Callable[[Told], object]) -> Callable[[Told], object]:
        PROBES.append(Probe(name, attempt, harmless))
        return attempt

    return register


def load() -> list[Probe]:
    """Every probe. To be called before the process is confined: afterwards there are no such files.

    Those that look for other processes come first, those that leave some of their own last.
    """
    for name in ("processes", "files", "network", "kernel", "limits"):
        import_module(f"tests.attack.probes.{name}")
    return PROBES


def run_all(told: Told) -> dict[str, dict[str, Any]]:
    """By name: whether it succeeded, and what it got or how it was refused."""
    chosen = [each for each in PROBES if each.harmless or not told["only_harmless"]]
    return {each.name: _in_a_child(each, told) for each in chosen}


def _in_a_child(probe: Probe, told: Told) -> dict[str, Any]:
    heard, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        os.write(say, json.dumps(_outcome(probe, told)).encode()[:LONGEST])
        os._exit(0)
    os.close(say)
    os.waitpid(pid, 0)
    # Whoever it left behind may hold the other end open.
    os.set_blocking(heard, False)
    try:
        said = os.read(heard, LONGEST)
    except BlockingIOError:
        said = b""
    finally:
        os.close(heard)
    return json.loads(said) if said else {"succeeded": False, "how": "killed"}


def _outcome(probe: Probe, told: Told) -> dict[str, Any]:
    try:
        got = probe.attempt(told)
    except BaseException as error:
        return {"succeeded": False, "how": f"{type(error).__name__}: {error}"[:200]}
    return {"succeeded": True, "how": repr(got)[:200]}


def main(told_in: Path, results: Path) -> int:
    """What the test double of a compilation, training or prediction runs in its place."""
    told = json.loads(told_in.read_text())
    results.write_text(json.dumps(run_all(told)))
    sys.stdout.flush()
    return 0
