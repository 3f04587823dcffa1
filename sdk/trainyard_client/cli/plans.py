"""``trainyard plans``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit, Yes
from trainyard_client.cli.output import Column, print_json, print_list, say

if TYPE_CHECKING:
    from trainyard_client.types import Plan, PlanInForce

commands = typer.Typer(no_args_is_help=True, help="See plans and choose one; operators define them.")

COLUMNS = (
    Column("id", lambda plan: plan.id, whole=True),
    Column("name", lambda plan: plan.name),
    Column("a month", lambda plan: f"{plan.monthly_fee} {plan.currency}", whole=True, right=True),
    Column("slot-hours", lambda plan: plan.included_slot_hours, right=True),
    Column("limits", lambda plan: _limits(plan)),
    Column("offered", lambda plan: plan.is_offered),
)


@commands.command("list")
def list_plans(
    everything: Annotated[bool, typer.Option("--all", help="For operators: also those offered no more.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List plans that may be chosen."""
    with connected() as client:
        found = client.admin.plans.list(limit=limit + 1) if everything else client.billing.plans.list(limit=limit + 1)
        print_list(found, COLUMNS, limit=limit, as_json=as_json)


@commands.command("show")
def show(as_json: AsJson = False) -> None:
    """Show the organization's plan and how much of the included time is used."""
    with connected() as client:
        current = client.billing.plans.current()
    if as_json:
        print_json(current)
    else:
        _tell(current)


@commands.command("choose")
def choose(plan_id: str, yes: Yes = False) -> None:
    """Choose a plan; one with a higher fee begins now and is charged for the rest of the month."""
    if not yes:
        typer.confirm(f"Choose {plan_id}?", abort=True)
    with connected() as client:
        _tell(client.billing.plans.choose(plan_id))


@commands.command("end")
def end(yes: Yes = False) -> None:
    """Have no plan once the month that is paid for is over."""
    if not yes:
        typer.confirm("End the plan when the month is over?", abort=True)
    with connected() as client:
        _tell(client.billing.plans.choose(None))


@commands.command("create")
def create(
    name: str,
    monthly_fee: Annotated[str, typer.Argument(help="Such as 40.00.")],
    slot_hours: Annotated[int | None, typer.Option(help="Slot-hours of training that the fee includes.")] = None,
    running_jobs: Annotated[int | None, typer.Option(help="At most so many jobs at once.")] = None,
    stored_bytes: Annotated[int | None, typer.Option(help="At most so many bytes of uploads.")] = None,
    members: Annotated[int | None, typer.Option(help="At most so many members.")] = None,
    requests: Annotated[int | None, typer.Option(help="At most so many requests a second.")] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Customers cannot choose it by themselves.")] = False,
    as_json: AsJson = False,
) -> None:
    """For operators: define a plan and print its id. Its terms never change."""
    with connected() as client:
        plan = client.admin.plans.create(
            name=name,
            monthly_fee=monthly_fee,
            included_slot_hours=slot_hours,
            max_running_jobs=running_jobs,
            max_stored_bytes=stored_bytes,
            max_members=members,
            requests_per_second=requests,
            is_offered=not hidden,
        )
    if as_json:
        print_json(plan)
    else:
        typer.echo(plan.id)


@commands.command("offer")
def offer(
    plan_id: str,
    offered: Annotated[bool, typer.Option("--on/--off", help="Whether customers may choose it.")] = True,
) -> None:
    """For operators: offer a plan, or offer it no more; who is on it keeps it."""
    with connected() as client:
        plan = client.admin.plans.offer(plan_id, is_offered=offered)
    say(f"{plan.name} is {'offered' if plan.is_offered else 'offered no more'}.")


@commands.command("assign")
def assign(organization_id: str, plan_id: str) -> None:
    """For operators: put an organization on a plan."""
    with connected() as client:
        _tell(client.admin.plans.assign(organization_id, plan_id))


def _limits(plan: Plan) -> str:
    limits = {
        "jobs": plan.max_running_jobs,
        "members": plan.max_members,
        "bytes": plan.max_stored_bytes,
        "requests a second": plan.requests_per_second,
    }
    return ", ".join(f"{most} {what}" for what, most in limits.items() if most is not None)


def _tell(current: PlanInForce) -> None:
    plan, until = current.plan, current.paid_until
    if plan is None or until is None:
        say("No plan.")
        return
    say(f"{plan.name}, {plan.monthly_fee} {plan.currency} a month, paid until {until:%Y-%m-%d %H:%M} UTC.")
    if current.included_slot_hours:
        say(f"{current.used_slot_hours:.2f} of {current.included_slot_hours:.2f} slot-hours are used.")
    if current.next_plan is None:
        say("It ends then.")
    elif current.next_plan.id != plan.id:
        say(f"Then {current.next_plan.name} follows.")
