"""Every command, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli import (
    accounts,
    api,
    budgets,
    catalogue,
    datasets,
    invoices,
    jobs,
    models,
    money,
    operators,
    people,
    plans,
    train,
    usage,
    webhooks,
)
from trainyard_client.cli.connection import PROFILE
from trainyard_client.cli.failures import EXIT_STATUSES
from trainyard_client.version import __version__

EPILOG = f"Exit status: {'; '.join(f'{status} {meaning}' for status, meaning in EXIT_STATUSES.items())}."

app = typer.Typer(
    no_args_is_help=True,
    help="Train models on a Trainyard.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (accounts, train, usage, api):
    group.register(app)
for name, commands in {
    "datasets": datasets.commands,
    "tasks": catalogue.tasks,
    "architectures": catalogue.architectures,
    "jobs": jobs.commands,
    "models": models.commands,
    "budgets": budgets.commands,
    "plans": plans.commands,
    "invoices": invoices.invoices,
    "billing": invoices.commands,
    "members": people.members,
    "keys": people.keys,
    "webhooks": webhooks.commands,
    "pools": operators.pools,
    "workers": operators.workers,
    "organizations": operators.organizations,
}.items():
    app.add_typer(commands, name=name)
money.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"trainyard {__version__}")
        raise typer.Exit


@app.callback()
def start(
    profile: Annotated[str | None, typer.Option(help="A profile that trainyard login made.", metavar="NAME")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train models on a Trainyard."""
    PROFILE.set(profile)
