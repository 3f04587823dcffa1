"""Recomputes an invoice from its exported journal, offline, with arithmetic of its own.

Nothing here is shared with the service: the rules are those of docs/billing.md, written down a second time, so that
neither can be wrong without the two differing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

MICRO = Decimal("0.000001")
NANO = Decimal("0.000000001")
PICO_OF_MICRO = Decimal("0.000000000000000001")
MINOR_UNIT_DECIMALS = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0)
MINOR_UNIT_DECIMALS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
"""Of ISO 4217, where they are not two."""
ENOUGH_DIGITS = 60
COVERED = ("organization", "sequence", "kind", "subject", "occurred_at", "body")
LineKey = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Difference:
    """Where the invoice, or its journal, says something else than follows from it."""

    where: str
    stated: str
    computed: str

    def __str__(self) -> str:
        return f"{self.where}: it says {self.stated}, {self.computed} follows"


@dataclass
class _Line:
    quantity: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    records: int = 0


@dataclass
class Recomputed:
    """What follows from a journal, and where the invoice differs."""

    entries: int = 0
    charges: int = 0
    total: Decimal = Decimal(0)
    differences: list[Difference] = field(default_factory=list)


def recompute(invoice: Mapping[str, Any], journal: Iterable[str]) -> Recomputed:
    """Computes ``invoice`` (as ``GET /invoices/{id}`` answers it) anew from the lines of its ``journal``."""
    with localcontext() as context:
        context.prec = ENOUGH_DIGITS
        found = Recomputed()
        lines: dict[LineKey, _Line] = {}
        for entry in _chained(invoice, journal, found):
            is_charge = entry["kind"] in ("usage", "metered") and not entry["body"].get("free_reason")
            if is_charge and _belongs(entry, invoice):
                found.charges += 1
                _add(entry, invoice, lines, found)
        _compare_lines(invoice, lines, found)
        _compare_sums(invoice, found)
        return found


def _chained(invoice: Mapping[str, Any], journal: Iterable[str], found: Recomputed) -> Iterator[dict[str, Any]]:
    """Every entry, its hash and its place in the chain held against what they should be."""
    sequence, previous = None, None
    for text in journal:
        entry = json.loads(text)
        where = f"journal entry {entry['sequence']}"
        if sequence is not None and (entry["sequence"], entry["previous_hash"]) != (sequence + 1, previous):
            found.differences.append(Difference(where, f"it follows {entry['previous_hash'][:12]}", f"{previous}"[:12]))
        covered = {name: entry[name] for name in COVERED}
        canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"))
        computed = sha256(f"{entry['previous_hash']}\n{canonical}".encode()).hexdigest()
        _compare(f"{where}, hash", entry["hash"], computed, found)
        sequence, previous = entry["sequence"], entry["hash"]
        found.entries += 1
        yield entry
    head = invoice["journal"]
    if head["to"] is not None:
        _compare("the journal's end", f"{head['to']} {head['hash']}", f"{sequence} {previous}", found)


def _belongs(entry: Mapping[str, Any], invoice: Mapping[str, Any]) -> bool:
    """A fact is on the first invoice that ends after it and was finalized after it was journalled."""
    bounds, at = invoice["journal"], _time(entry["occurred_at"])
    on_this = at < _time(invoice["period"]["end"]) and (bounds["to"] is None or entry["sequence"] <= bounds["to"])
    if bounds["previous_end"] is None:
        return on_this
    return on_this and not (at < _time(bounds["previous_end"]) and entry["sequence"] <= bounds["previous_to"])


def _add(entry: Mapping[str, Any], invoice: Mapping[str, Any], lines: dict[LineKey, _Line], found: Recomputed) -> None:
    body = entry["body"]
    quantity, amount = _training(body) if entry["kind"] == "usage" else _metered(body)
    stated = body["amount_micros"] * MICRO
    _compare(f"journal entry {entry['sequence']}, amount", stated, amount, found)
    late = _late_for(entry, invoice)
    if entry["kind"] == "usage":
        key = ("job", body["job"], "slot-second", body["price"], body["contract"], late)
    else:
        key = (body["meter"], body["of"], body["unit"], body["price"], "", late)
    line = lines.setdefault(key, _Line())
    line.quantity += quantity
    line.charged += amount
    line.records += 1


def _training(body: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """Slot-seconds, and by how much they make the rounded total of their line grow."""
    before = body["line_microseconds_before"]
    microseconds = body["to_microseconds"] - body["from_microseconds"]
    price, slots = Decimal(body["unit_price"]), body["slots"]

    def total(count: int) -> Decimal:
        exact: Decimal = count * MICRO * slots * price
        return exact.quantize(MICRO, ROUND_HALF_EVEN)

    return microseconds * slots * MICRO, total(before + microseconds) - total(before)


def _metered(body: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """The quantity, and its cost with what rounding left over before, to the micro-unit."""
    quantity = body["quantity_nano"] * NANO
    exact = quantity * Decimal(body["unit_price"]) + body["carry_pico"] * PICO_OF_MICRO
    cost: Decimal = exact.quantize(MICRO, ROUND_HALF_EVEN)
    return quantity, cost


def _late_for(entry: Mapping[str, Any], invoice: Mapping[str, Any]) -> str:
    at = _time(entry["occurred_at"])
    if invoice["journal"]["previous_end"] is None or at >= _time(invoice["period"]["start"]):
        return ""
    return at.astimezone(ZoneInfo(invoice["period"]["time_zone"])).strftime("%Y-%m")


def _compare_lines(invoice: Mapping[str, Any], lines: dict[LineKey, _Line], found: Recomputed) -> None:
    for line in invoice["lines"]:
        where = f"line {line['position']}"
        key = (line["kind"], line["subject"], line["unit"], line["price_id"], line["contract_id"], line["late_for"])
        computed = lines.pop(key, _Line())
        _compare(f"{where}, quantity", Decimal(line["quantity"]), computed.quantity, found)
        _compare(f"{where}, charged", Decimal(line["charged"]), computed.charged, found)
        rounded = _to_minor_unit(computed.charged, invoice["currency"])
        _compare(f"{where}, amount", Decimal(line["amount"]), rounded, found)
        _compare(f"{where}, records", line["usage"]["records"], computed.records, found)
        found.total += rounded
    for key, left in lines.items():
        found.differences.append(Difference(f"a line for {key[0]} {key[1]}", "nothing", f"{left.charged} was charged"))


def _compare_sums(invoice: Mapping[str, Any], found: Recomputed) -> None:
    currency = invoice["currency"]
    subtotal = found.total
    _compare("subtotal", Decimal(invoice["subtotal"]), subtotal, found)
    charged = sum((Decimal(line["charged"]) for line in invoice["lines"]), Decimal(0))
    _compare("rounding", Decimal(invoice["rounding"]), subtotal - charged, found)
    tax = Decimal(0)
    for rate in invoice["taxes"]:
        _compare(f"taxed at {rate['percent']} %", Decimal(rate["base"]), subtotal, found)
        of_rate = _to_minor_unit(subtotal * Decimal(rate["percent"]) / 100, currency)
        _compare(f"tax at {rate['percent']} %", Decimal(rate["amount"]), of_rate, found)
        tax += of_rate
    _compare("tax", Decimal(invoice["tax"]), tax, found)
    found.total = subtotal + tax
    _compare("total", Decimal(invoice["total"]), found.total, found)
    paid = Decimal(invoice["paid_from_credit"]) + Decimal(invoice["payable"])
    if invoice["state"] != "draft":
        _compare("paid from credit and payable together", paid, found.total, found)


def _to_minor_unit(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-MINOR_UNIT_DECIMALS.get(currency, 2)), ROUND_HALF_EVEN)


def _compare(where: str, stated: object, computed: object, found: Recomputed) -> None:
    if stated != computed:
        found.differences.append(Difference(where, str(stated), str(computed)))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
