"""Documents can be set whatever the names on them are written in."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from trainyard.billing.invoices.typesetting import BUNDLED, compiled

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def content(text: str) -> dict[str, Any]:
    line = {"position": "1", "description": text, "quantity": "1", "unit": "", "unit_price": "", "amount": "1.00"}
    party = {"name": text, "lines": [text]}
    return {
        "kind": "Invoice",
        "title": text,
        "stamp": "",
        "to": "Bill to",
        "currency": "EUR",
        "seller": party,
        "buyer": party,
        "footer": text,
        "facts": [["Number", text]],
        "heads": ["", ""],
        "lines": [line],
        "sums": [],
        "payable": ["Payable", "1.00"],
        "payment": [],
        "notes": [text],
    }


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize(("first", "last"), BUNDLED)
def test_what_is_said_to_be_bundled_is(first: int, last: int) -> None:
    text = " ".join(each for each in map(chr, range(first, last + 1)) if each.isprintable())
    assert "?" not in text_of(compiled(content(text.replace("?", "")), made_at=NOW))


ODD_NAMES = ("数字 有限公司", "שדה", "한국", "🙂", "\x1b[31mred", "e\u0301\u0323", "\u2028", "\ufffe")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_in_any_script_can_be_set(name: str) -> None:
    assert "Meadow" in text_of(compiled(content(f"Meadow {name}"), made_at=NOW))
