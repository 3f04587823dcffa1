"""``trainyard workers``, ``pools`` and ``organizations``: for operators."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, hint, print_json, print_list, remark, say

if TYPE_CHECKING:
    from datetime import datetime

    from trainyard_client.types import AdminWorker, DunningCase

workers = typer.Typer(no_args_is_help=True, help="For operators: see workers and take them out of service.")
pools = typer.Typer(no_args_is_help=True, help="For operators: make and price pools of workers.")
organizations = typer.Typer(no_args_is_help=True, help="For operators: customers and their credit.")


def _why(worker: AdminWorker) -> str:
    """It is out of service, and when it comes back by itself."""
    if not worker.retest_at:
        return worker.state_reason
    return f"{worker.state_reason} Tried again at {worker.retest_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


WORKER_COLUMNS = (
    Column("id", lambda worker: worker.id, whole=True),
    Column("name", lambda worker: worker.name),
    Column("pool", lambda worker: worker.pool),
    Column("state", lambda worker: worker.state, whole=True),
    Column("online", lambda worker: worker.online),
    Column("slots", lambda worker: f"{worker.slots_taken} of {worker.slots} taken"),
    Column("hardware", lambda worker: worker.hardware.get("model", "")),
    Column("sandbox", lambda worker: worker.sandbox.kind if worker.sandbox else "unknown"),
    Column("why", _why),
)
QUEUE_COLUMNS = (
    Column("organization", lambda each: each.name),
    Column("holds", lambda each: each.held_slots, right=True),
    Column("fair", lambda each: f"{each.fair_slots:.1f}", right=True),
    Column("queued", lambda each: each.queued_jobs, right=True),
    Column("next job", lambda each: each.next_job, whole=True),
    Column("tier", lambda each: each.priority_tier),
)
POOL_COLUMNS = (
    Column("id", lambda pool: pool.id, whole=True),
    Column("name", lambda pool: pool.name),
    Column("slot", lambda pool: pool.slot_kind),
    Column("state", lambda pool: pool.state),
    Column("workers", lambda pool: pool.workers_count, right=True),
    Column("slots", lambda pool: pool.slots_count, right=True),
    Column("per slot-second", lambda pool: pool.price.per_slot_second if pool.price else "", right=True),
)
ORGANIZATION_COLUMNS = (
    Column("id", lambda each: each.id, whole=True),
    Column("name", lambda each: each.name),
    Column("state", lambda each: each.state),
    Column("available", lambda each: f"{each.wallet.available} {each.wallet.currency}", right=True),
)
NEXT_STEPS = {
    "charge": "charged again",
    "remind": "reminded",
    "no_new_jobs": "no new jobs",
    "stop_jobs": "jobs stop",
}


def _next_step(case: DunningCase) -> str:
    """What follows, and when."""
    if case.charge_pending_since:
        return "a charge is pending"
    step = case.next_step
    return f"{NEXT_STEPS.get(step.action, step.action)} {_minute(step.at)}" if step else ""


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


DUNNING_COLUMNS = (
    Column("invoice", lambda case: case.invoice_id, whole=True),
    Column("number", lambda case: case.number),
    Column("organization", lambda case: case.organization.name),
    Column("due", lambda case: f"{case.due} {case.currency}", whole=True, right=True),
    Column("since", lambda case: _minute(case.due_since)),
    Column("stage", lambda case: case.stage),
    Column("next", _next_step),
    Column("last failure", lambda case: case.last_failure.message if case.last_failure else ""),
)
Pool = Annotated[str | None, typer.Option(help="Only the pool of this name.")]


@workers.command("list")
def list_workers(
    state: Annotated[str | None, typer.Option(help="Only workers in this state.")] = None,
    pool: Pool = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List workers, newest first."""
    with connected() as client:
        found = client.workers.list(state=state, pool=pool, limit=limit + 1)
        print_list(found, WORKER_COLUMNS, limit=limit, as_json=as_json)


@workers.command("queue")
def list_queues(pool: Pool = None, as_json: AsJson = False) -> None:
    """Show who waits for workers, and who comes next."""
    with connected() as client:
        queues = list(client.workers.queues(pool=pool))
    if as_json:
        print_json(queues)
        return
    for queue in queues:
        say(
            f"{queue.pool}: {queue.queued_jobs} queued, {queue.slots_taken} of {queue.slots} slots taken, "
            f"{queue.workers_up} workers up"
        )
        if queue.organizations:
            print_list(queue.organizations, QUEUE_COLUMNS, limit=len(queue.organizations), as_json=False)


@workers.command("cordon")
def cordon(worker_id: str) -> None:
    """Let a worker take no new work; what it runs goes on."""
    with connected() as client:
        say(f"{worker_id} is {client.workers.cordon(worker_id).state}.")


@workers.command("uncordon")
def uncordon(worker_id: str) -> None:
    """Let a worker take work again."""
    with connected() as client:
        say(f"{worker_id} is {client.workers.uncordon(worker_id).state}.")


@workers.command("drain")
def drain(worker_id: str) -> None:
    """Move a worker's jobs elsewhere, each with a checkpoint."""
    with connected() as client:
        say(f"{worker_id} is {client.workers.drain(worker_id).state}.")
    hint("Next: trainyard workers list, until none of its slots is taken")


@workers.command("remove")
def remove(worker_id: str) -> None:
    """End a worker's credential for good. Drain it first."""
    with connected() as client:
        say(f"{worker_id} is {client.workers.remove(worker_id).state}.")


@workers.command("label")
def label(
    worker_id: str, labels: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="None but these.")]
) -> None:
    """Set a worker's labels, beside those of its pool."""
    pairs = [each.partition("=") for each in labels]
    if not all(equals for _, equals, _ in pairs):
        raise typer.BadParameter("labels are NAME=VALUE")
    with connected() as client:
        worker = client.workers.label(worker_id, {name: value for name, _, value in pairs})
    say(f"{worker_id} has {', '.join(f'{name}={value}' for name, value in worker.labels.items())}.")


@pools.command("list")
def list_pools(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List pools."""
    with connected() as client:
        print_list(client.admin.pools(limit=limit + 1), POOL_COLUMNS, limit=limit, as_json=as_json)


@pools.command("create")
def create_pool(
    name: str,
    slot_kind: Annotated[str, typer.Option(help="cpu or gpu.")],
    price: Annotated[str, typer.Option(help="Of a slot for a second.")],
    preemptible: Annotated[bool, typer.Option(help="Its workers may go at any time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a pool and print its id."""
    with connected() as client:
        pool = client.admin.create_pool(
            name=name, slot_kind=slot_kind, price_per_slot_second=price, preemptible=preemptible
        )
    if as_json:
        print_json(pool)
    else:
        typer.echo(pool.id)
        hint(f"Next: trainyard pools enrol {pool.id}")


@pools.command("price")
def price(
    pool_id: str,
    per_slot_second: str,
    effective_from: Annotated[str | None, typer.Option(help="ISO 8601; from now on if omitted.")] = None,
) -> None:
    """Set what a second on a slot of a pool costs."""
    with connected() as client:
        set_to = client.admin.set_price(pool_id, per_slot_second=per_slot_second, effective_from=effective_from)
    say(f"{set_to.per_slot_second} {set_to.currency} from {set_to.effective_from:%Y-%m-%d %H:%M} UTC.")


@pools.command("enrol")
def enrol(
    pool_id: str, expires_in_seconds: Annotated[int | None, typer.Option()] = None, as_json: AsJson = False
) -> None:
    """Print a token with which a worker joins a pool, this once."""
    with connected() as client:
        token = client.admin.enrol(pool_id, expires_in_seconds=expires_in_seconds)
    if as_json:
        print_json(token)
    else:
        remark(f"Good until {token.expires_at:%Y-%m-%d %H:%M} UTC; it is not shown again.")
        typer.echo(token.secret)


@organizations.command("list")
def list_organizations(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List customers, newest first."""
    with connected() as client:
        print_list(client.admin.organizations(limit=limit + 1), ORGANIZATION_COLUMNS, limit=limit, as_json=as_json)


@organizations.command("dunning")
def list_dunning(
    stage: Annotated[str | None, typer.Option(help="retrying, no_new_jobs or jobs_stopped.")] = None,
    organization: Annotated[str | None, typer.Option(help="Only the customer of this id.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List overdue invoices, the longest overdue first, with what comes next."""
    with connected() as client:
        found = client.admin.billing.dunning(stage=stage, organization=organization, limit=limit + 1)
        print_list(found, DUNNING_COLUMNS, limit=limit, as_json=as_json)


@organizations.command("create")
def create_organization(
    name: str, owner_email: Annotated[str, typer.Option("--owner")], as_json: AsJson = False
) -> None:
    """Make a customer; its first API key is printed this once."""
    with connected() as client:
        made = client.admin.create_organization(name=name, owner_email=owner_email)
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made.id} {made.api_key.secret}")


@organizations.command("credit")
def credit(organization_id: str, amount: str, kind: Annotated[str, typer.Option()] = "promotional") -> None:
    """Add credit to a customer's wallet."""
    with connected() as client:
        client.admin.grant_credit(organization_id, amount=amount, kind=kind)
    say(f"{amount} was granted to {organization_id}.")
