"""``make bench-engine``: every competitor on every workload, checkpoints, memory, and the GPU if there is one."""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.engine import gpu, report
from benchmarks.engine.memory import checkpoint_cost, growth
from benchmarks.engine.rounds import PEERS, compare, competitors_for
from benchmarks.engine.workloads import WORKLOADS
from benchmarks.report_page import machine, replace_section

SECTION = "engine"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of training a round, warm-up included")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="workloads whose name holds this")
    parser.add_argument("--against", default=",".join(PEERS), help="peers to compare with, separated by commas")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args()
    compared, costs = [], {}
    with TemporaryDirectory(prefix="trainyard-bench-") as directory:
        for number, (name, workload) in enumerate(WORKLOADS.items()):
            if given.only not in name:
                continue
            data = workload.write(Path(directory) / str(number))
            competitors = competitors_for(name, given.against.split(","))
            settings = {"threads": given.threads, "rounds": given.rounds, "seconds": given.seconds}
            compared.append(compare(name, data, competitors, **settings))
            print(report.speeds(compared[-1:]), file=sys.stderr)
            costs[name] = checkpoint_cost(workload, data, threads=given.threads, seconds=given.seconds)
    setting = f"{given.threads} threads, {given.rounds} rounds of {given.seconds:g} s; {machine()}."
    parts = (
        setting[0].upper() + setting[1:],
        report.summary(compared),
        report.speeds(compared),
        report.checkpoints(costs),
        report.memory(growth(seconds=8 * given.seconds)),
        report.gpu(gpu.measure()),
    )
    text = "\n\n".join(parts)
    print(text)
    if given.write:
        replace_section(SECTION, text)


if __name__ == "__main__":
    main()
