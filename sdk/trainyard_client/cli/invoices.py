"""``trainyard invoices``, and ``trainyard billing``: invoices held against their journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.failures import USAGE
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, remark, say

invoices = typer.Typer(no_args_is_help=True, help="See what was invoiced, line by line.")
commands = typer.Typer(no_args_is_help=True, help="Hold invoices against their journal.")
NOT_EXPORTED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What comes of a file that is no JSON, or none with the fields of an invoice or an entry."""
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


COLUMNS = (
    Column("id", lambda invoice: invoice.id, whole=True),
    Column("number", lambda invoice: invoice.number),
    Column("month", lambda invoice: invoice.period.month),
    Column("state", lambda invoice: invoice.state, whole=True),
    Column("total", lambda invoice: f"{invoice.total} {invoice.currency}", whole=True, right=True),
)
NOTE_COLUMNS = (
    Column("id", lambda note: note.id, whole=True),
    Column("number", lambda note: note.number),
    Column("invoice", lambda note: note.invoice_number),
    Column("reason", lambda note: note.reason),
    Column("total", lambda note: f"{note.total} {note.currency}", whole=True, right=True),
)
LINE_COLUMNS = (
    Column("#", lambda line: line.position, right=True),
    Column("description", lambda line: line.description),
    Column("quantity", lambda line: line.quantity, right=True),
    Column("unit", lambda line: line.unit),
    Column("price", lambda line: line.unit_price, right=True),
    Column("amount", lambda line: line.amount, whole=True, right=True),
)


@invoices.command("list")
def list_invoices(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List invoices, newest first."""
    with connected() as client:
        print_list(client.billing.invoices(limit=limit + 1), COLUMNS, limit=limit, as_json=as_json)


@invoices.command("show")
def show(invoice_id: str, as_json: AsJson = False) -> None:
    """Print an invoice and its lines."""
    with connected() as client:
        invoice = client.billing.invoice(invoice_id)
    if as_json:
        print_json(invoice)
        return
    name, total = invoice.number or "A draft", f"{invoice.total} {invoice.currency}"
    say(f"{name} for {invoice.period.month}: {total} ({invoice.state})")
    if invoice.lines:
        print_list(invoice.lines, LINE_COLUMNS, limit=len(invoice.lines), as_json=False)


@invoices.command("download")
def download(
    invoice_id: str,
    path: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it.")],
    journal: Annotated[bool, typer.Option("--journal", help="The journal that it was made of.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The invoice as PDF; also where PATH ends with .pdf.")] = False,
) -> None:
    """Write an invoice's lines as CSV, the invoice as PDF, or its journal as JSON lines."""
    if journal and pdf:
        raise typer.BadParameter("choose one of --journal and --pdf")
    is_pdf = pdf or (not journal and path.suffix.lower() == ".pdf")
    form: Literal["csv", "journal", "pdf"] = "journal" if journal else "pdf" if is_pdf else "csv"
    with connected() as client:
        typer.echo(client.billing.download_invoice(invoice_id, path, form=form))


@invoices.command("credit-notes")
def list_credit_notes(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List what was credited, newest first."""
    with connected() as client:
        print_list(client.billing.credit_notes(limit=limit + 1), NOTE_COLUMNS, limit=limit, as_json=as_json)


@invoices.command("download-credit-note")
def download_credit_note(
    note_id: str, path: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it.")]
) -> None:
    """Write a credit note as PDF."""
    with connected() as client:
        typer.echo(client.billing.download_credit_note(note_id, path))


@commands.callback()
def _group() -> None:
    """Hold invoices against their journal."""


@commands.command("recompute")
def recompute_invoice(invoice: File, journal: File) -> None:
    """Compute an invoice anew from its journal, offline, and say where it differs.

    The files are what GET /invoices/{id} and GET /invoices/{id}/journal answer. Ends with status 1 on a difference.
    """
    from trainyard_client.billing_recompute import recompute

    try:
        with journal.open(encoding="utf-8") as lines:
            found = recompute(json.loads(invoice.read_text(encoding="utf-8")), (line for line in lines if line.strip()))
    except NOT_EXPORTED:
        sentence = f"{invoice} and {journal} are not an invoice and its journal, as the service answers them."
        remark(f"{sentence} GET /invoices/{{id}} and GET /invoices/{{id}}/journal do.", style="red")
        raise typer.Exit(USAGE) from None
    for difference in found.differences:
        remark(str(difference), style="red")
    if found.differences:
        raise typer.Exit(1)
    say(f"{found.charges} charges in {found.entries} entries of the journal add up to {found.total}.")
