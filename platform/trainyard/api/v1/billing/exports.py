"""Files made of invoices: lines as CSV, the journal as JSON lines."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from trainyard.api.admission import Runner, runner_of
from trainyard.billing.invoices import focus
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.invoices.queries import Document, journal
from trainyard.billing.journal.chain import said
from trainyard.billing.journal.models import JournalEntry
from trainyard.core.money import format_micros
from trainyard.core.tenancy import tenant_scope

COLUMNS = (
    "invoice",
    "position",
    "kind",
    "description",
    "subject",
    "pool",
    "quantity",
    "unit",
    "unit_price",
    "charged",
    "amount",
    "currency",
    "late_for",
    "job_name",
)
LINES_AT_ONCE = 1_000


def invoice_csv(document: Document) -> HttpResponse:
    """The lines of an invoice; text that a spreadsheet would take for a formula is quoted by an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    invoice = document.invoice
    for line in document.lines:
        amounts = (format_micros(line.exact_micros), format_micros(line.amount_micros))
        about = (line.kind, _text(line.description), line.subject, line.pool, line.quantity, line.unit, line.unit_price)
        rest = (invoice.currency, line.late_for, _text(line.job_name or ""))
        writer.writerow((invoice.number, line.position, *about, *amounts, *rest))
    return attachment(text.getvalue().encode(), name=f"{named(invoice)}.csv", content_type="text/csv; charset=utf-8")


def _text(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@") else value


def focus_csv(documents: list[Document]) -> HttpResponse:
    """The rows of FOCUS of several invoices."""
    text = io.StringIO()
    writer = csv.DictWriter(text, focus.COLUMNS)
    writer.writeheader()
    for document in documents:
        writer.writerows(focus.rows_of(document.invoice, document.lines))
    return attachment(text.getvalue().encode(), name="focus.csv", content_type="text/csv; charset=utf-8")


def attachment(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """A file to save as ``name``."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def named(invoice: Invoice) -> str:
    """What files of an invoice are called."""
    return invoice.number or f"draft-{invoice.month}"


def journal_lines(request: Request, invoice: Invoice) -> StreamingHttpResponse:
    """The journal of an invoice, a thousand lines at a time: none of it is held longer than it takes to send."""
    django_request = request._request  # noqa: SLF001
    is_asgi = isinstance(django_request, ASGIRequest)
    content = _awaited(invoice, runner_of(django_request)) if is_asgi else _in_turn(invoice)
    return StreamingHttpResponse(
        content,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{named(invoice)}.jsonl"'},
    )


def _in_turn(invoice: Invoice) -> Iterator[bytes]:
    after = 0
    while found := _some(invoice, after):
        yield _encoded(found)
        after = found[-1].sequence


async def _awaited(invoice: Invoice, run: Runner) -> AsyncIterator[bytes]:
    after = 0
    while found := await run(partial(_some, invoice, after)):
        yield _encoded(found)
        after = found[-1].sequence


def _some(invoice: Invoice, after: int) -> list[JournalEntry]:
    with tenant_scope(invoice.organization_id):
        return list(journal(invoice, after=after)[:LINES_AT_ONCE])


def _encoded(entries: list[JournalEntry]) -> bytes:
    return b"".join(
        json.dumps(
            said(entry) | {"previous_hash": entry.previous_hash, "hash": entry.hash}, separators=(",", ":")
        ).encode()
        + b"\n"
        for entry in entries
    )
