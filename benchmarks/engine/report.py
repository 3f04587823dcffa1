"""The tables of a run."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.engine.gpu import Utilization
from benchmarks.engine.memory import CheckpointCost, Growth
from benchmarks.engine.rounds import Comparison
from benchmarks.report_page import markdown


def speeds(compared: Sequence[Comparison]) -> str:
    """A row for each workload and competitor."""
    rows = [row for comparison in compared for row in _rows(comparison)]
    header = ("network", "against", "samples/s", "engine is … times as fast", "by processor time", "peak memory")
    return markdown(header, rows)


def summary(compared: Sequence[Comparison]) -> str:
    """A row for each peer: over all networks that it trained, the median, and where the engine comes off worst."""
    rows = []
    for name in dict.fromkeys(name for comparison in compared for name in comparison.paces if name != "engine"):
        met = [comparison for comparison in compared if name in comparison.paces]
        worst = min(met, key=lambda comparison: comparison.ratio(name))
        memory = max(comparison.peaks["engine"] / comparison.peaks[name] for comparison in met)
        rows.append(
            (
                name,
                f"{statistics.median(comparison.ratio(name) for comparison in met):.2f}",
                f"{worst.ratio(name):.2f} ({worst.workload})",
                f"{min(comparison.cpu_ratio(name) for comparison in met):.2f}",
                f"{memory:.2f}",
            )
        )
    header = ("against", "times as fast, median", "least", "least by processor time", "times the memory at most")
    return markdown(header, rows)


def _rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    for name in comparison.paces:
        is_engine = name == "engine"
        yield (
            comparison.workload if is_engine else "",
            name,
            f"{comparison.rate(name):,.0f}",
            "" if is_engine else f"{comparison.ratio(name):.2f}",
            "" if is_engine else f"{comparison.cpu_ratio(name):.2f}",
            f"{comparison.peaks[name] / 1e6:.0f} MB",
        )
    for name in comparison.failed:
        yield ("", name, "did not run", "", "", "")


def checkpoints(costs: dict[str, CheckpointCost]) -> str:
    rows = [(name, f"{cost.waited:.2%}", f"{cost.cpu:.2%}") for name, cost in costs.items()]
    return markdown(("network", "time that training waits", "processor time"), rows)


def memory(found: Growth) -> str:
    grown = (found.late - found.early) / 1e6
    return (
        f"A dataset of {found.data / 1e9:.1f} GB is trained on from disk in {found.late / 1e6:.0f} MB of the process's"
        f" own memory, {grown:+.1f} MB from the second third of the run to the last."
    )


def gpu(found: Sequence[Utilization]) -> str:
    if not found:
        return "There is no GPU on this machine: MFU was not measured."
    rows = [
        (
            one.model,
            one.device,
            f"{one.samples_per_second:,.0f}",
            "unknown peak" if one.mfu is None else f"{one.mfu:.1%}",
        )
        for one in found
    ]
    return markdown(("network", "device", "samples/s", "MFU"), rows)
