"""``trainyard wallet``, ``top-up``, ``top-ups``, ``prices`` and ``ledger``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, remark, say

PRICE_COLUMNS = (
    Column("pool", lambda price: price.pool, whole=True),
    Column("slot", lambda price: price.slot_kind),
    Column("per slot-second", lambda price: price.price.per_slot_second if price.price else "", right=True),
    Column("currency", lambda price: price.price.currency if price.price else ""),
    Column("largest worker", lambda price: price.largest_worker, right=True),
)
PAYMENT_COLUMNS = (
    Column("id", lambda payment: payment.id, whole=True),
    Column("when", lambda payment: payment.created_at),
    Column("kind", lambda payment: payment.kind),
    Column("state", lambda payment: payment.state, whole=True),
    Column("amount", lambda payment: f"{payment.amount} {payment.currency}", whole=True, right=True),
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
    app.command("top-up")(top_up)
    app.command("top-ups")(top_ups)
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


def top_up(amount: Annotated[str, typer.Argument(help="Such as 25.00.")], as_json: AsJson = False) -> None:
    """Pay into the wallet; prints the address where to pay, if somebody has to."""
    with connected() as client:
        payment = client.billing.top_up(amount)
    if as_json:
        print_json(payment)
        return
    remark(f"{payment.amount} {payment.currency}: {payment.state}.")
    typer.echo(payment.checkout_url or payment.id)


def top_ups(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List payments into the wallet, newest first."""
    with connected() as client:
        print_list(client.billing.top_ups(limit=limit + 1), PAYMENT_COLUMNS, limit=limit, as_json=as_json)


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
