"""Dates that name their month, as people, Oracle, SAS, mails and C's ``ctime`` write them: ``05JAN2026``.

The month's name tells it from the day, so that no column is needed to know which is which. Names are English, whole or
of three letters, in any case.
"""

import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY_NAME = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +)?"
_DAY, _YEAR, _SHORT_YEAR = r"\d{1,2}", r"\d{4}", r"\d{2}"
_GAP = r"(?:[-/.]| {1,2}|\. )"
_REST = r"(?:,?[T ] ?\d.*)?"
_CLOCK, _ZONE = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?", r"UTC|GMT|[-+]\d{4}"
LAST_CENTURY = 69
"""From here on two digits are a year of the last century, as POSIX has it."""

_NUMBERED = rf"(?P<day>{_DAY})(?:st|nd|rd|th)?"
_NAMED = rf"(?P<month>{MONTH})"
FORMS = (
    rf"{_DAY_NAME}{_NUMBERED}{_GAP}{_NAMED}\.?(?:{_GAP}|, )(?P<year>{_YEAR}|{_SHORT_YEAR})(?P<rest>{_REST})",
    rf"{_DAY_NAME}{_NAMED}\.?{_GAP}{_NUMBERED}(?:, ?|{_GAP})(?P<year>{_YEAR})(?P<rest>{_REST})",
    rf"(?P<year>{_YEAR}){_GAP}{_NAMED}\.?{_GAP}(?P<day>{_DAY})(?P<rest>{_REST})",
    rf"(?P<day>{_DAY}){_NAMED}(?P<year>{_YEAR})(?:[: ](?P<rest>{_CLOCK}))?",
    rf"{_NAMED}(?:\.?,? |[-/])(?P<year>{_YEAR})",
    rf"{_NAMED}(?:-|\.? ?['’])(?P<year>{_SHORT_YEAR})",
    rf"{_DAY_NAME}{_NAMED} {{1,2}}(?P<day>{_DAY}) (?P<rest>{_CLOCK})(?: (?P<zone>{_ZONE}))? (?P<year>{_YEAR})",
)
"""The last is that of ``ctime``, with the zone that git and others put into it."""
PATTERN = "(?i:" + "|".join(re.sub(r"\?P<\w+>", "?:", form) for form in FORMS) + ")"
"""All of them, for any engine of regular expressions."""
_READERS = tuple(re.compile(form, re.IGNORECASE) for form in FORMS)


def year_first(text: str) -> str:
    """A date that names its month as ``2026-01-05`` with its time behind it; any other text as it is."""
    found = next((found for reader in _READERS if (found := reader.fullmatch(text))), None)
    if found is None:
        return text
    parts: dict[str, str] = {"day": "1", "rest": "", "zone": ""} | found.groupdict("")
    year = parts["year"]
    if len(year) == 2:
        year = f"{19 if int(year) >= LAST_CENTURY else 20}{year}"
    month = MONTHS.index(parts["month"][:3].lower()) + 1
    time = parts["rest"].lstrip(",T ")
    return f"{year}-{month:02}-{int(parts['day']):02}{' ' * bool(time)}{time}{parts['zone']}"
