"""``trainyard workers``: for operators."""

from datetime import UTC
from typing import Annotated

import typer
from rich.table import Column, Table

from trainyard_client.console import connected, console
from trainyard_client.types import Worker

workers = typer.Typer(no_args_is_help=True, help="For operators: see workers and take them out of service.")


@workers.command("list")
def list_workers(state: Annotated[str | None, typer.Option(help="Only workers in this state.")] = None) -> None:
    """List workers, newest first."""
    names = ("name", "pool", "state", "online", "slots", "hardware", "sandbox", "why")
    table = Table(Column("id", no_wrap=True), *names, box=None)
    with connected() as client:
        for worker in client.workers.list(state=state):
            slots = f"{worker.slots_taken} of {worker.slots} taken"
            online = "yes" if worker.online else "no"
            model = str(worker.hardware.get("model", ""))
            sandbox = worker.sandbox.kind if worker.sandbox else "unknown"
            table.add_row(
                worker.id, worker.name, worker.pool, worker.state, online, slots, model, sandbox, _why(worker)
            )
    console.print(table)


def _why(worker: Worker) -> str:
    """It is out of service, and when it comes back by itself."""
    if not worker.retest_at:
        return worker.state_reason
    return f"{worker.state_reason} Tried again at {worker.retest_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


@workers.command("queue")
def list_queues(pool: Annotated[str | None, typer.Option(help="Only the pool of this name.")] = None) -> None:
    """Show who waits for workers, and who comes next."""
    with connected() as client:
        for queue in client.workers.queues(pool=pool):
            console.print(
                f"{queue.pool}: {queue.queued_jobs} queued, {queue.slots_taken} of {queue.slots} slots taken, "
                f"{queue.workers_up} workers up"
            )
            table = Table("organization", "holds", "fair", "queued", "next job", "turn", box=None)
            for each in queue.organizations:
                fair = f"{each.fair_slots:.1f}"
                held, queued = str(each.held_slots), str(each.queued_jobs)
                table.add_row(each.name, held, fair, queued, each.next_job or "", each.turn or "")
            console.print(table)


@workers.command("cordon")
def cordon(worker_id: str) -> None:
    """Let a worker take no new work; what it runs goes on."""
    with connected() as client:
        console.print(f"{worker_id} is {client.workers.cordon(worker_id).state}.")


@workers.command("uncordon")
def uncordon(worker_id: str) -> None:
    """Let a worker take work again."""
    with connected() as client:
        console.print(f"{worker_id} is {client.workers.uncordon(worker_id).state}.")


@workers.command("drain")
def drain(worker_id: str) -> None:
    """Move a worker's jobs elsewhere, each with a checkpoint."""
    with connected() as client:
        console.print(f"{worker_id} is {client.workers.drain(worker_id).state}.")


@workers.command("remove")
def remove(worker_id: str) -> None:
    """End a worker's credential for good. Drain it first."""
    with connected() as client:
        console.print(f"{worker_id} is {client.workers.remove(worker_id).state}.")
