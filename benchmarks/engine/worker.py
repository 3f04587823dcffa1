"""One competitor on one workload, in a process of its own: trains for as many seconds as each line of input says.

``python -m benchmarks.engine.worker CONTESTANT WORKLOAD DATA THREADS``. Standard output is JSON lines: ``{"ready":
true}``, then ``{"wall", "cpu", "peak"}`` a round: a ``Pace``, and bytes of resident memory at their peak.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch

from benchmarks.engine.window import Pace
from benchmarks.engine.workloads import WORKLOADS


def main() -> None:
    competitor, workload, data, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    module = import_module(f"benchmarks.engine.competitors.{competitor}")
    serve(lambda: module.prepare(WORKLOADS[workload], Path(data), threads=int(threads)))


def serve(prepare: Callable[[], Callable[[float], Pace]]) -> None:
    """Answers each line of input with a round of what ``prepare`` has made ready."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints
    train = prepare()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        pace = train(float(line))
        print(json.dumps({"wall": pace.wall, "cpu": pace.cpu, "peak": peak_memory_bytes()}), file=answers, flush=True)


def peak_memory_bytes() -> int:
    """The most memory that was ever resident. Not ``ru_maxrss``: that begins at what the parent had at the start."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
