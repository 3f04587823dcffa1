"""``trainyard billing``: invoices held against their journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainyard_client.cli.output import remark, say

commands = typer.Typer(no_args_is_help=True, help="Hold invoices against their journal.")
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


@commands.callback()
def _group() -> None:
    """Hold invoices against their journal."""


@commands.command("recompute")
def recompute_invoice(invoice: File, journal: File) -> None:
    """Compute an invoice anew from its journal, offline, and say where it differs.

    The files are what GET /invoices/{id} and GET /invoices/{id}/journal answer. Ends with status 1 on a difference.
    """
    from trainyard_client.billing_recompute import recompute

    with journal.open(encoding="utf-8") as lines:
        found = recompute(json.loads(invoice.read_text(encoding="utf-8")), (line for line in lines if line.strip()))
    for difference in found.differences:
        remark(str(difference), style="red")
    if found.differences:
        raise typer.Exit(1)
    say(f"{found.charges} charges in {found.entries} entries of the journal add up to {found.total}.")
