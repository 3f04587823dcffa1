"""Validation of countries, VAT ids and time zones before they can be printed on a document."""

import re
from functools import cache
from importlib import resources
from zoneinfo import available_timezones

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from trainyard.core.errors import FieldError, InvalidInput
from trainyard_common.did_you_mean import did_you_mean

VAT_PREFIX_OF = {"GR": "EL"}
"""Where a VAT id begins with something else than the country's code."""
_ANY_VAT_ID = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,30}")


class InvalidIdentifier(InvalidInput):
    """The country, VAT id or time zone does not exist."""

    code = "invalid_identifier"


@cache
def countries() -> frozenset[str]:
    """The two letters of every country (ISO 3166-1 alpha-2), as the time zone database lists them."""
    text = (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line.partition("\t")[0] for line in text.splitlines() if not line.startswith("#"))


def country(value: str) -> str:
    """``value`` in capitals. Raises ``InvalidIdentifier``; none is fine."""
    code = value.strip().upper()
    if code and code not in countries():
        raise _invalid("country", f"{value} is not the two-letter code of a country, such as DE.")
    return code


def vat_id(value: str, *, of: str) -> str:
    """``value`` without separators, checked by the rules of the country ``of``. Raises ``InvalidIdentifier``."""
    number = re.sub(r"[\s.-]", "", value).upper()
    if not number:
        return ""
    rules = get_cc_module(of.lower(), "vat") if of else None
    if rules is None:
        if _ANY_VAT_ID.fullmatch(number):
            return number
        raise _invalid("vat_id", f"{value} cannot be a tax id: it has letters and digits, at most 31.")
    prefix = VAT_PREFIX_OF.get(of, of)
    try:
        compact: str = rules.validate(number)
    except ValidationError as error:
        raise _invalid("vat_id", f"{value} is no VAT id of {of}: {error}") from None
    return compact if compact.startswith(prefix) or not number.startswith(prefix) else prefix + compact


def time_zone(value: str) -> str:
    """``value``, an IANA name. Raises ``InvalidIdentifier``."""
    if value not in available_timezones():
        hint = did_you_mean(value, sorted(available_timezones()))
        raise _invalid("time_zone", f"{value} is not a time zone such as Europe/Berlin. {hint}".strip())
    return value


def _invalid(field: str, message: str) -> InvalidIdentifier:
    return InvalidIdentifier(message, errors=(FieldError(field, "invalid", message),))
