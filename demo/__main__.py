"""``python -m demo [--once]``: two real data sets in, two trained models and their bill out."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.data import TABLE_TARGET, write_digits, write_table
from demo.platform_process import REPOSITORY, DidNotStart, running_platform
from trainyard_client import ApiError, Client, DatasetRejected, Unreachable
from trainyard_client.client import POLL_SECONDS
from trainyard_client.display import JobBars
from trainyard_client.types import Job

console = Console()

CNN_SPEC: dict[str, Any] = {
    "name": "digits-cnn",
    "task": "image_classification",
    "architecture": {"name": "cnn", "channels": [32, 64], "hidden": [128], "norm": "batch"},
    "training": {
        "epochs": 20,
        "batch_size": 64,
        "optimizer": {"name": "adamw", "lr": 0.003},
        "schedule": {"name": "cosine"},
        "regularization": {"dropout": 0.2},
        "checkpoint": {"every_steps": 100},
    },
    "limits": {"max_cost": "1.00"},
}
MLP_SPEC: dict[str, Any] = {
    "name": "masses-mlp",
    "task": "tabular_classification",
    "architecture": {"name": "mlp", "hidden": [64, 32]},
    "training": {"epochs": 30, "batch_size": 32, "checkpoint": {"every_steps": 200}},
    "limits": {"max_cost": "1.00"},
}


def main() -> int:
    """Runs the demo; returns the exit status."""
    options = _parse()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        with running_platform(data_dir=options.data_dir, port=options.port) as facts:
            with Client(base_url=facts["base_url"], api_key=facts["demo_api_key"]) as client:
                jobs = train(client)
                _print_results(client, jobs)
            if not options.once:
                _keep_serving(facts)
    except DidNotStart:
        return 1
    except (ApiError, DatasetRejected, Unreachable) as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except KeyboardInterrupt:
        return 0
    if options.once:
        print(json.dumps({"jobs": [_summary(job) for job in jobs]}))
    return 0 if all(job.state == "succeeded" for job in jobs) else 1


def train(client: Client) -> list[Job]:
    """Uploads two data sets and trains a model on each; both jobs, ended."""
    with TemporaryDirectory(prefix="trainyard-demo-") as directory:
        digits, table = Path(directory) / "digits.zip", Path(directory) / "breast-masses.csv"
        write_digits(digits)
        write_table(table)
        cnn = _submit(client, digits, CNN_SPEC, {})
        mlp = _submit(client, table, MLP_SPEC, {"target": TABLE_TARGET})
    return _follow(client, [cnn, mlp])


def _submit(client: Client, file: Path, spec: dict[str, Any], options: dict[str, str]) -> Job:
    dataset = client.datasets.create(name=file.stem, task=spec["task"], options=options)
    with console.status(f"Uploading and checking {file.name} …"):
        version = client.datasets.wait(dataset.id, client.datasets.upload(dataset.id, file).id)
    console.print(f"{file.name}: {version.rows:,} rows are ready as {version.id}")
    complete = {**spec, "dataset": version.id}
    cap = client.jobs.quote(complete)["cap"]
    job = client.jobs.submit(complete)
    console.print(f"{job.name}: {job.id}, costs at most {cap} {job.cost.currency}")
    return job


def _follow(client: Client, jobs: list[Job]) -> list[Job]:
    with JobBars(console) as bars:
        while True:
            jobs = [job if job.finished else client.jobs.get(job.id) for job in jobs]
            for job in jobs:
                bars.show(job)
            if all(job.finished or job.state == "paused" for job in jobs):
                return jobs
            time.sleep(POLL_SECONDS)


def _print_results(client: Client, jobs: list[Job]) -> None:
    results = Table("job", "architecture", "test accuracy", "kept seconds", "billed", box=None)
    verdicts: list[str] = []
    for job in jobs:
        kept = sum(line.seconds * line.slots for line in client.jobs.usage(job.id) if line.billed)
        accuracy = _test_accuracy(job)
        results.add_row(
            job.name,
            job.architecture,
            job.state if accuracy is None else f"{accuracy:.4f}",
            f"{kept:.6f}",
            f"{job.cost.billed} {job.cost.currency}",
        )
        if job.verdict:
            verdicts.append(f"{job.name}: {job.verdict.sentence}")
        if job.error:
            console.print(f"[red]{job.name}: {job.error.message}[/red] {job.error.hint}")
    console.print(results)
    for verdict in verdicts:
        console.print(verdict, markup=False, highlight=False)
    wallet = client.billing.wallet()
    console.print(f"Left in the wallet: {wallet.available} {wallet.currency}")


def _keep_serving(facts: dict[str, Any]) -> None:
    console.print(f"\nDashboard: [bold]{facts['dashboard_url']}[/bold]")
    console.print(f"Log in as [bold]{facts['demo_email']}[/bold] with [bold]{facts['demo_password']}[/bold]")
    console.print("Serving until Ctrl-C.")
    signal.pause()


def _summary(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "architecture": job.architecture,
        "state": job.state,
        "test_accuracy": _test_accuracy(job),
        "billed": str(job.cost.billed),
    }


def _test_accuracy(job: Job) -> float | None:
    return (job.test_metrics or {}).get("accuracy")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Show the platform at work on two real data sets.")
    parser.add_argument("--once", action="store_true", help="end after the results, with a line of JSON")
    parser.add_argument("--port", type=int, default=8000, help="0 picks a free one")
    parser.add_argument("--data-dir", type=Path, default=REPOSITORY / ".data")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
