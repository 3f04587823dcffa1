"""Interleaved rounds: every competitor trains for some seconds, in turn, again and again, so that a machine's moods
fall on all of them; each round begins with another one. Ratios are taken within a round.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.engine.window import Pace

ENGINE = "engine"
PEERS = ("tuned", "plain", "lightning", "keras", "transformers")
WORKER = "benchmarks.engine.worker"
"""The program that a competitor's process runs."""
ONLY_FOR = {"transformers": "transformer"}
"""Peers that run for one architecture alone."""


class ContestantFailed(Exception):
    """A competitor's process ended before its time."""


class CompetitorProcess:
    """A competitor's process, which waits without work between its rounds."""

    def __init__(self, competitor: str, workload: str, data: Path, *, threads: int, module: str = WORKER) -> None:
        self._name = competitor
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((".", "workers", "contracts")),
            "OMP_NUM_THREADS": str(threads),
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                module,
                competitor,
                workload,
                data,
                str(threads),
            ],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def await_ready(self) -> None:
        """Returns once it has nothing left to do but train."""
        self._answer()

    def train(self, seconds: float) -> tuple[Pace, int]:
        """How fast it was, and the peak of resident memory so far in bytes."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{seconds}\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ContestantFailed(self._name) from error
        answer = self._answer()
        return Pace(wall=answer["wall"], cpu=answer["cpu"]), int(answer["peak"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContestantFailed(f"{self._name} ended with status {self._process.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer


@dataclass(frozen=True, slots=True)
class Comparison:
    """One workload. ``paces`` are of a round each; ``peaks`` bytes of resident memory; ``failed`` ended before."""

    workload: str
    paces: dict[str, list[Pace]]
    peaks: dict[str, int]
    failed: tuple[str, ...]

    def rate(self, competitor: str) -> float:
        """Samples per second, the median over rounds."""
        return statistics.median(pace.wall for pace in self.paces[competitor])

    def ratio(self, competitor: str) -> float:
        """The engine's speed over the competitor's, as the median over rounds: above 1 is faster."""
        return statistics.median(ours.wall / theirs.wall for ours, theirs in self._rounds(competitor))

    def cpu_ratio(self, competitor: str) -> float:
        """The same by processor time, which others on the machine disturb less."""
        return statistics.median(ours.cpu / theirs.cpu for ours, theirs in self._rounds(competitor))

    def _rounds(self, competitor: str) -> Iterator[tuple[Pace, Pace]]:
        return zip(self.paces[ENGINE], self.paces[competitor], strict=True)


def competitors_for(workload: str, against: Sequence[str]) -> list[str]:
    """The engine and those named in ``against`` that can train the workload."""
    return [ENGINE, *(name for name in against if workload.startswith(ONLY_FOR.get(name, "")))]


def compare(
    workload: str,
    data: Path,
    competitors: Sequence[str],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    module: str = WORKER,
) -> Comparison:
    """Raises ``ContestantFailed`` where the engine does; the comparison tells of others."""
    paces: dict[str, list[Pace]] = {name: [] for name in competitors}
    peaks: dict[str, int] = {}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(CompetitorProcess(name, workload, data, threads=threads, module=module))
            for name in competitors
        }
        for name in competitors:
            with _leaving_out(name, workers):
                workers[name].await_ready()
        for number in range(rounds):
            order = list(workers)
            first = number % len(order)
            for name in order[first:] + order[:first]:
                with _leaving_out(name, workers):
                    pace, peaks[name] = workers[name].train(seconds)
                    paces[name].append(pace)
    failed = tuple(name for name in competitors if name not in workers)
    return Comparison(workload, {name: paces[name] for name in workers}, peaks, failed)


@contextmanager
def _leaving_out(name: str, workers: dict[str, CompetitorProcess]) -> Iterator[None]:
    """Takes ``name`` out of ``workers`` if it fails. Without the engine there is nothing to compare with."""
    try:
        yield
    except ContestantFailed:
        if name == ENGINE:
            raise
        del workers[name]
