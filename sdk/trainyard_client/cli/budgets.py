"""``trainyard budgets``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit, Yes
from trainyard_client.cli.output import Column, print_json, print_list, say

commands = typer.Typer(no_args_is_help=True, help="Limit what is spent in a month.")

COLUMNS = (
    Column("id", lambda budget: budget.id, whole=True),
    Column("name", lambda budget: budget.name),
    Column("spent", lambda budget: budget.spent, whole=True, right=True),
    Column("of", lambda budget: budget.amount, whole=True, right=True),
    Column("hard", lambda budget: budget.is_hard),
    Column("alerts at %", lambda budget: " ".join(map(str, budget.alert_percents))),
)


@commands.command("list")
def list_budgets(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List budgets and what was spent of them this month."""
    with connected() as client:
        print_list(client.billing.budgets.list(limit=limit + 1), COLUMNS, limit=limit, as_json=as_json)


@commands.command("create")
def create(
    name: str,
    amount: Annotated[str, typer.Argument(help="Of a calendar month, such as 100.00.")],
    alert: Annotated[list[int] | None, typer.Option(help="Tell of it at so many percent; repeat.")] = None,
    hard: Annotated[bool, typer.Option("--hard", help="Stop jobs with a checkpoint before it is passed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a budget and print its id."""
    with connected() as client:
        budget = client.billing.budgets.create(name=name, amount=amount, alert_percents=alert or None, is_hard=hard)
    if as_json:
        print_json(budget)
    else:
        typer.echo(budget.id)


@commands.command("change")
def change(
    budget_id: str,
    amount: Annotated[str | None, typer.Option(help="Of a calendar month.")] = None,
    alert: Annotated[list[int] | None, typer.Option(help="Tell of it at so many percent; repeat.")] = None,
    hard: Annotated[bool | None, typer.Option("--hard/--soft", help="Whether jobs stop before it is passed.")] = None,
) -> None:
    """Change what is given of a budget."""
    with connected() as client:
        budget = client.billing.budgets.change(budget_id, amount=amount, alert_percents=alert or None, is_hard=hard)
    say(f"{budget.name}: {budget.spent} of {budget.amount} is spent.")


@commands.command("delete")
def delete(budget_id: str, yes: Yes = False) -> None:
    """End a budget; what was spent stays spent."""
    if not yes:
        typer.confirm(f"Delete {budget_id}?", abort=True)
    with connected() as client:
        client.billing.budgets.delete(budget_id)
    say(f"{budget_id} is deleted.")
