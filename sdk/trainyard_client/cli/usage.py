"""``trainyard usage``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_list

COLUMNS = (
    Column("job", lambda record: record.job_id, whole=True),
    Column("from", lambda record: record.started_at),
    Column("pool", lambda record: record.pool),
    Column("slots", lambda record: record.slots, right=True),
    Column("seconds", lambda record: f"{record.seconds:.2f}", right=True),
    Column("amount", lambda record: f"{record.amount} {record.currency}", whole=True, right=True),
)


def register(app: typer.Typer) -> None:
    app.command("usage")(usage)


def usage(
    job: Annotated[str | None, typer.Option(help="Only of this job.")] = None,
    since: Annotated[str | None, typer.Option(help="From then on (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Until then (ISO 8601).")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """Print what was billed, newest first."""
    with connected() as client:
        records = client.billing.usage(job=job, since=since, until=until, limit=limit + 1)
        print_list(records, COLUMNS, limit=limit, as_json=as_json)
