"""``trainyard wallet``, ``prices`` and ``ledger``."""

from __future__ import annotations

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, say

PRICE_COLUMNS = (
    Column("pool", lambda price: price.pool, whole=True),
    Column("slot", lambda price: price.slot_kind),
    Column("per slot-second", lambda price: price.price.per_slot_second if price.price else "", right=True),
    Column("currency", lambda price: price.price.currency if price.price else ""),
    Column("largest worker", lambda price: price.largest_worker, right=True),
)
LEDGER_COLUMNS = (
    Column("when", lambda entry: entry.created_at, whole=True),
    Column("kind", lambda entry: entry.kind, whole=True),
    Column("amount", lambda entry: _wallet_change(entry), whole=True, right=True),
    Column("job", lambda entry: entry.job_id, whole=True),
    Column("description", lambda entry: entry.description),
)


def register(app: typer.Typer) -> None:
    app.command("wallet")(wallet)
    app.command("prices")(prices)
    app.command("ledger")(ledger)


def wallet(as_json: AsJson = False) -> None:
    """Print what the organization can spend and what running jobs hold."""
    with connected() as client:
        money = client.billing.wallet()
    if as_json:
        print_json(money)
    else:
        say(f"{money.available} {money.currency} available, {money.held} {money.currency} held by jobs")


def prices(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """Print what a second on a slot of each pool costs."""
    with connected() as client:
        print_list(client.billing.prices(limit=limit + 1), PRICE_COLUMNS, limit=limit, as_json=as_json)


def ledger(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """Print every movement of money, newest first."""
    with connected() as client:
        print_list(client.billing.ledger(limit=limit + 1), LEDGER_COLUMNS, limit=limit, as_json=as_json)


def _wallet_change(entry: object) -> str:
    entries = getattr(entry, "entries", [])
    return ", ".join(f"{each.account} {each.amount}" for each in entries[:1])
