"""Spellings of numbers, dates and times in texts: the form of a column, and the values of its cells.

A form is a column's, not a cell's: ``1.234`` is one number beside ``0.5`` and another beside ``4,2``. In every form a
sign, a currency or a per cent sign may stand at the number; ``15 %`` is 0.15, and ``(15)`` or ``15-`` is -15. Dates
and times are seconds since 1970, in UTC where they name no zone, times of day seconds since midnight.
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells import named_dates
from trainyard_engine.ingest.cells.dates import microseconds_of
from trainyard_spec.datasets import NumberForm

NUMBERS: tuple[NumberForm, ...] = ("number", "decimal_comma")
TIMES: tuple[NumberForm, ...] = ("datetime", "datetime_month_first", "datetime_day_first", "time_of_day")
DATES: tuple[NumberForm, ...] = TIMES[:3]
FORMS: tuple[NumberForm, ...] = (*NUMBERS, *TIMES)
"""Of forms that fit a column equally well the first is taken."""
RIVALS: dict[NumberForm, NumberForm] = {"number": "decimal_comma", "datetime_month_first": "datetime_day_first"}

KINDS: dict[NumberForm, str] = {
    "number": "a number",
    "decimal_comma": "a number with a decimal comma, as the others of its column are",
    **dict.fromkeys(TIMES, "a date or time, as the others of its column are"),
}
"""What a cell has to be, as a sentence calls it."""
MICROSECONDS = 1e6
WITHOUT_ZONE, WITH_ZONE = pa.timestamp("us"), pa.timestamp("us", "UTC")

MONEY = "$€£¥₹₩₽円元원"
"""Signs of currencies, before a number or behind it."""
_SPACE = r"[ \x{00a0}\x{2009}\x{202f}'’]"
_SIGN, _MONEY = "[-+−]?", f"[{MONEY}]"
_DAY, _MONTH = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"


def _number(point: str, comma: str) -> str:
    def grouped(by: str) -> str:
        return rf"[1-9]\d{{0,2}}(?:{by}\d{{3}})+(?:{point}\d*)?"

    lakhs = rf"[1-9]\d?(?:{comma}\d\d)+{comma}\d{{3}}(?:{point}\d*)?"
    plain = rf"(?:\d+{point}?\d*|{point}\d+)"
    digits = rf"(?:{plain}(?:[eE][-+]?\d+)?|{grouped(comma)}|{grouped(_SPACE)}|{lakhs}|(?i:inf|infinity))"
    sign = rf"(?:{_SIGN}(?:{_MONEY} ?)?|{_MONEY} ?{_SIGN})"  # on either side of the money, and once
    unit = rf"(?:{_SPACE}?(?:%|{_MONEY}))?"
    loss = rf"(?:{_MONEY} ?)?(?:{plain}|{grouped(comma)}|{grouped(_SPACE)}|{lakhs})"
    return rf"^(?:{sign}{digits}{unit}|(?:{_MONEY} ?)?\({loss}{unit}\)|{loss}[-−])$"


BEGINNING = rf"^(?:[-+−{MONEY}.,\d(]|(?i:inf|[jfmasond][aepuco][nbrylgptvcue]|tue|wed|thu|fri|sat|sun))"
"""What a text of any form begins with."""
PATTERNS: dict[NumberForm, str] = {
    "number": _number(r"\.", ","),
    "decimal_comma": _number(",", r"\."),
    "datetime": (
        rf"^(?:\d{{4}}(?:-{_MONTH}-{_DAY}|/{_MONTH}/{_DAY}|\.{_MONTH}\.{_DAY})(?:[T ].*)?"
        rf"|(?:1[5-9]|2[01])\d\d(?:[-/]{_MONTH}|[- ]?[Qq][1-4]|-?W(?:0[1-9]|[1-4]\d|5[0-3])(?:-?[1-7])?)"
        rf"|\d{{4}}年{_MONTH}月{_DAY}日(?: .*)?|{named_dates.PATTERN})$"
    ),
    "datetime_month_first": rf"^({_MONTH})(?:[-/]({_DAY})[-/](\d{{4}})|/({_DAY})/(\d\d))((?:[T ].*)?)$",
    "datetime_day_first": rf"^({_DAY})(?:[-/.]({_MONTH})[-/.](\d{{4}})|/({_MONTH})/(\d\d))((?:[T ].*)?)$",
    "time_of_day": (r"^(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d(?:\.\d+)?))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?$"),
}
_TWO_DIGITS = (
    (r"^(\d\d?/\d\d?/)((?:[0-5]\d|6[0-8])(?:[T ]|$))", r"\120\2"),
    (r"^(\d\d?/\d\d?/)(\d\d(?:[T ]|$))", r"\119\2"),
)
"""Of a year: 69 to 99 are of the last century, as POSIX has it."""


def matching(texts: pa.Array, form: NumberForm) -> npt.NDArray[np.bool_]:
    """bool (texts,): which are spelled in ``form``, though a date may turn out not to exist."""
    found: npt.NDArray[np.bool_] = (
        pc.match_substring_regex(texts, PATTERNS[form]).fill_null(False).to_numpy(zero_copy_only=False)
    )
    return found


def spelled(texts: pa.Array, among: Collection[NumberForm]) -> dict[NumberForm, npt.NDArray[np.bool_]]:
    """For each form what ``matching`` finds; most texts that are words are told from numbers by their first letter."""
    places = np.flatnonzero(pc.match_substring_regex(texts, BEGINNING).fill_null(False).to_numpy(zero_copy_only=False))
    likely = texts.take(pa.array(places))
    found = {form: np.zeros(len(texts), dtype=np.bool_) for form in among}
    for form, matches in found.items():
        matches[places] = matching(likely, form)
    return found


def best_form(counts: Mapping[NumberForm, int], among: Collection[NumberForm] = FORMS) -> NumberForm:
    """That in which most cells are spelled."""
    return max((form for form in FORMS if form in among), key=lambda form: counts.get(form, 0))


def read(texts: pa.Array, form: NumberForm) -> npt.NDArray[np.float64]:
    """float64 (texts,), NaN where a text is null or is not spelled in ``form``."""
    if form == "number":
        try:
            return _floats(texts.cast(pa.float64()))
        except pa.ArrowInvalid:
            pass
    spelled = pc.if_else(pa.array(matching(texts, form)), texts, None)
    return READERS[form](spelled)


def microseconds_in(texts: pa.Array) -> npt.NDArray[np.float64]:
    """Microseconds since 1970 of dates and times, the year first, float64 (texts,), NaN where a text is none."""
    dashed = pc.replace_substring(texts, "/", "-")
    for kind in (WITHOUT_ZONE, WITH_ZONE):
        try:
            return microseconds(dashed.cast(kind))
        except pa.ArrowInvalid:
            continue
    # Columns with and without zones, spelled otherwise, and to tell which cell is no date.
    return np.array([None if text is None else microseconds_of(text) for text in texts.to_pylist()], dtype=np.float64)


def microseconds(stamps: pa.Array) -> npt.NDArray[np.float64]:
    """Microseconds since 1970 of an array of Arrow's timestamps, float64 (stamps,), NaN where null."""
    return _floats(stamps.cast(pa.int64()).cast(pa.float64(), safe=False))


def _plain(spelled: pa.Array, *, grouping: str, point: str) -> npt.NDArray[np.float64]:
    # Losses as accountants and SAP write them: (4.20) and 4.20- are -4.20.
    signed = pc.replace_substring_regex(spelled, rf"^([^(]*)\(([^)]*)\)$|^([\d{MONEY}].*)[-−]$", r"-\1\2\3")
    bare = pc.replace_substring_regex(signed, rf"[{grouping} \x{{00a0}}\x{{2009}}\x{{202f}}'’%{MONEY}+]", "")
    # The plus of an exponent goes too: 1e+3 is 1e3.
    bare = pc.replace_substring(pc.replace_substring(bare, point, "."), "−", "-")
    numbers = bare.cast(pa.float64())
    return _floats(pc.if_else(pc.match_substring(spelled, "%"), pc.divide(numbers, 100.0), numbers))


def _dates(spelled: pa.Array) -> npt.NDArray[np.float64]:
    return microseconds_in(spelled) / MICROSECONDS


def _turned(form: NumberForm, order: str) -> Callable[[pa.Array], npt.NDArray[np.float64]]:
    def read(spelled: pa.Array) -> npt.NDArray[np.float64]:
        for short, whole in _TWO_DIGITS:
            spelled = pc.replace_substring_regex(spelled, short, whole)
        return _dates(pc.replace_substring_regex(spelled, PATTERNS[form], order))

    return read


def _times_of_day(spelled: pa.Array) -> npt.NDArray[np.float64]:
    parts = pc.extract_regex(spelled, PATTERNS["time_of_day"])
    *figures, half = parts.flatten()
    hours, minutes, seconds = (
        _floats(pc.if_else(pc.equal(part, ""), "0", part).cast(pa.float64())) for part in figures
    )
    of_half_a_day = pc.fill_null(pc.not_equal(half, ""), False).to_numpy(zero_copy_only=False)
    is_later = pc.fill_null(pc.equal(pc.utf8_lower(half), "p"), False).to_numpy(zero_copy_only=False)
    hours = np.where(of_half_a_day, hours % 12 + 12 * is_later, hours)
    return hours * 3600 + minutes * 60 + seconds


def _floats(numbers: pa.Array) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False)
    return found


READERS: dict[NumberForm, Callable[[pa.Array], npt.NDArray[np.float64]]] = {
    "number": lambda spelled: _plain(spelled, grouping=",", point="."),
    "decimal_comma": lambda spelled: _plain(spelled, grouping=".", point=","),
    "datetime": _dates,
    "datetime_month_first": _turned("datetime_month_first", r"\3-\1-\2\6"),
    "datetime_day_first": _turned("datetime_day_first", r"\3-\2-\1\6"),
    "time_of_day": _times_of_day,
}
