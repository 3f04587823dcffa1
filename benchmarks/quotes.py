"""Quotes benchmark: how near the quote of a spec that nobody trained yet, measured beforehand, comes to its training.

On a platform of its own, sample datasets: each spec is measured, quoted and trained once. Epochs are chosen so that a
training takes about ``BENCH_QUOTE_SECONDS``.
"""

import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from demo.platform_process import running_platform
from trainyard_client import Client
from trainyard_client.types import Quote

ABOUT_SECONDS = float(os.environ.get("BENCH_QUOTE_SECONDS", "20"))
AIM = 0.15
"""Median of |estimated - actual| / actual."""
SPECS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("digits", {"name": "cnn", "channels": [16, 32], "hidden": [64]}, 64),
    ("digits", {"name": "resnet", "depth": 18, "width": 4}, 64),
    ("customers", {"name": "mlp", "hidden": [64, 64]}, 32),
    ("customers", {"name": "mlp", "hidden": [256, 256, 256]}, 128),
    ("messages", {"name": "text_pool", "embedding": 32, "hidden": [32]}, 16),
    ("messages", {"name": "rnn", "cell": "lstm", "hidden": 32, "num_layers": 1}, 32),
    ("messages", {"name": "transformer", "d_model": 32, "num_layers": 1, "num_heads": 2, "d_ff": 64}, 32),
    ("electricity", {"name": "tcn", "channels": [16, 16]}, 64),
    ("electricity", {"name": "rnn", "cell": "gru", "hidden": 32, "num_layers": 1}, 64),
    ("sounds", {"name": "speech_rnn"}, 16),
)
"""Sample, architecture and batch size."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One spec: what was quoted, by what, and how long it trained."""

    name: str
    source: str
    modelled: float | None
    quoted: float
    trained: float

    @property
    def error(self) -> float:
        return abs(self.quoted - self.trained) / self.trained


def report() -> None:
    """Prints each comparison, and the median error beside its aim."""
    console = Console()
    with (
        TemporaryDirectory(prefix="trainyard-bench-") as directory,
        running_platform(data_dir=Path(directory) / "data", port=0) as facts,
        Client(base_url=facts["base_url"], api_key=facts["demo_api_key"]) as client,
        Client(base_url=facts["base_url"], api_key=facts["admin_api_key"]) as operator,
    ):
        psutil.cpu_percent()
        found = []
        for sample, network, size in SPECS:
            found.append(each := _compared(client, sample, network, size))
            console.print(f"{each.name}: quoted {each.quoted:.1f} s, trained {each.trained:.1f} s")
        busy = psutil.cpu_percent()
        accuracy = operator.admin.billing.quote_accuracy()
    table = Table("spec", "source", "model said", "quoted", "trained", "error", box=None)
    for each in found:
        seconds = (f"{value:.1f} s" if value else "" for value in (each.modelled, each.quoted, each.trained))
        table.add_row(each.name, each.source, *seconds, f"{each.error:.0%}")
    console.print(table)
    median = statistics.median(each.error for each in found)
    modelled = statistics.median(abs(each.modelled - each.trained) / each.trained for each in found if each.modelled)
    console.print(f"median error {median:.1%} of {len(found)} first jobs, aim {AIM:.0%}; the model's {modelled:.0%}")
    console.print(f"GET /admin/quote-accuracy: {accuracy.median_error:.1%} of {accuracy.jobs} jobs")
    console.print(f"{psutil.cpu_count()} cores, {busy:.0f} % of them at work on average, all processes together")


def _compared(client: Client, sample: str, network: dict[str, Any], batch_size: int) -> Comparison:
    version = client.datasets.take_sample(sample)
    version = client.datasets.wait(version.dataset_id, version.id)
    task = client.datasets.get(version.dataset_id).task

    def spec(epochs: int) -> dict[str, Any]:
        training = {"epochs": epochs, "batch_size": batch_size}
        return {
            "name": f"{sample} {network['name']}",
            "dataset": version.id,
            "task": task,
            "architecture": network,
            "training": training,
        }

    before = client.jobs.quote(spec(1))
    modelled = _seconds(before) if before.estimate else None
    one, two = _seconds(client.jobs.measure(spec(1))), _seconds(client.jobs.quote(spec(2)))
    epochs = max(1, round((ABOUT_SECONDS - one) / (two - one)))
    quote = client.jobs.quote(spec(epochs))
    job = client.jobs.wait(client.jobs.submit(spec(epochs)).id, check=True)
    trained = sum(row.seconds for row in client.jobs.usage(job.id) if row.billed)
    assert quote.estimate is not None
    return Comparison(job.name, quote.estimate.source, modelled and modelled * epochs, _seconds(quote), trained)


def _seconds(quote: Quote) -> float:
    """The middle of the estimate."""
    assert quote.estimate is not None
    return (quote.estimate.seconds_low + quote.estimate.seconds_high) / 2
