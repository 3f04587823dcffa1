"""``trainyard wallet``, ``top-up``, ``top-ups``, ``prices`` and ``ledger``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, remark, say

if TYPE_CHECKING:
    from trainyard_client.types import LedgerTransaction

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
    Column("when", lambda transaction: transaction.created_at, whole=True),
    Column("kind", lambda transaction: transaction.kind, whole=True),
    Column("wallet", lambda transaction: _gained(transaction, "wallet"), whole=True, right=True),
    Column("held", lambda transaction: _gained(transaction, "held"), whole=True, right=True),
    Column("job", lambda transaction: transaction.job_id, whole=True),
    Column("description", lambda transaction: transaction.description),
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


def _gained(transaction: LedgerTransaction, account: str) -> str:
    """What ``account`` gained, with its sign: a top-up is more in the wallet, a hold less."""
    amounts = [entry.amount for entry in transaction.entries if entry.account == account]
    return f"{amounts[0]:+}" if amounts else ""
