"""MLflow's search language: what `filter` and `order_by` may say.

::

    filter     = [condition *("AND" condition)]
    condition  = key ("=" / "!=" / "<" / "<=" / ">" / ">=") (number / text)
               / key ("LIKE" / "ILIKE") text          ; % stands for any characters, _ for one
               / key ["NOT"] "IN" "(" text *("," text) ")"
               / key "IS" ["NOT"] "NULL"
    key        = [entity "."] name                    ; without an entity: of an attribute
    name       = 1*(letter / digit / "_" / "." / "/" / "-") / "`" any "`" / DQUOTE any DQUOTE
    text       = "'" any "'" / DQUOTE any DQUOTE
    order_by   = key ["ASC" / "DESC"]

Words are read in upper and lower case. Which comparison a key takes is in ``COMPARISONS``. What is missing, and a
metric that is not a number, meets no condition but ``IS NULL``.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

from trainyard.core.errors import FieldError, InvalidInput
from trainyard_common.did_you_mean import did_you_mean

LONGEST = 4_000
METRIC, PARAMETER, TAG, ATTRIBUTE = "metric", "parameter", "tag", "attribute"
ENTITIES: dict[str, str] = {
    **dict.fromkeys(["metric", "metrics"], METRIC),
    **dict.fromkeys(["parameter", "parameters", "param", "params"], PARAMETER),
    **dict.fromkeys(["tag", "tags"], TAG),
    **dict.fromkeys(["attribute", "attributes", "attr", "run"], ATTRIBUTE),
}


@lru_cache(maxsize=128)
def _pattern(like: str) -> re.Pattern[str]:
    wild = {"%": "*", "_": "?", **{each: f"[{each}]" for each in "*?["}}
    return re.compile(translate("".join(wild.get(each, each) for each in like)))


_NUMBER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TEXT: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "LIKE": lambda value, pattern: _pattern(pattern).match(value) is not None,
    "ILIKE": lambda value, pattern: _pattern(pattern.lower()).match(value.lower()) is not None,
}
_AMONG: dict[str, Callable[[Any, Any], bool]] = {
    "IN": lambda value, among: value in among,
    "NOT IN": lambda value, among: value not in among,
}
_PRESENCE = frozenset({"IS NULL", "IS NOT NULL"})

COMPARISONS: dict[tuple[str, type], frozenset[str]] = {
    (METRIC, float): frozenset(_NUMBER),
    (PARAMETER, str): frozenset(_TEXT) | _PRESENCE,
    (TAG, str): frozenset(_TEXT) | _PRESENCE,
    (ATTRIBUTE, str): frozenset(_TEXT) | frozenset(_AMONG),
    (ATTRIBUTE, float): frozenset(_NUMBER),
}
"""By what a key is, and of which type."""

_NAME = r'(?:(?P<entity>\w+)\s*\.\s*)?(?P<name>`[^`]+`|"[^"]+"|[\w./-]+)'
_QUOTED = r"""(?:'[^']*'|"[^"]*")"""
_KEY_AND_COMPARISON = re.compile(
    rf"\s*{_NAME}\s*(?P<comparison>!=|<=|>=|=|<|>|\b(?:NOT\s+IN|IN|LIKE|ILIKE|IS\s+NOT\s+NULL|IS\s+NULL)\b)\s*",
    re.IGNORECASE,
)
_VALUE = re.compile(rf"{_QUOTED}|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\(\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*\s*\)", re.I)
_AND = re.compile(r"\s*(?:$|\bAND\b)", re.IGNORECASE)
_ORDER = re.compile(rf"\s*{_NAME}(?:\s+(?P<direction>ASC|DESC))?\s*", re.IGNORECASE)

Key = tuple[str, str]
Values = Mapping[Key, float | str]
Attributes = Mapping[str, type]


@dataclass(frozen=True, slots=True)
class Condition:
    """``value`` is what the key's value is compared with; None for ``IS NULL`` and ``IS NOT NULL``."""

    key: Key
    comparison: str
    value: Any = None

    def holds(self, values: Values) -> bool:
        """Whether something with ``values`` meets the condition."""
        value = values.get(self.key)
        if self.comparison in _PRESENCE:
            return (value is None) == (self.comparison == "IS NULL")
        compare = {**_TEXT, **_AMONG} if isinstance(value, str) else _NUMBER
        return value is not None and compare[self.comparison](value, self.value)


@dataclass(frozen=True, slots=True)
class OrderBy:
    key: Key
    descending: bool


def conditions(text: str, attributes: Attributes) -> list[Condition]:
    """What the filter ``text`` asks for, all of it; ``attributes`` are those that there are, with their types.

    Raises ``InvalidInput``.
    """
    if len(text) > LONGEST:
        raise _invalid("filter", f"A filter may have {LONGEST:,} characters.")
    found: list[Condition] = []
    place = 0
    while text[place:].strip() or found:
        condition, place = _condition(text, place, attributes)
        found.append(condition)
        joined = _AND.match(text, place)
        if joined is None:
            raise _invalid("filter", f"There is no AND before {text[place:]!r}; conditions are joined by AND alone.")
        place = joined.end()
        if not joined.group().strip():
            break
    return found


def order(text: str, attributes: Attributes) -> OrderBy:
    """What one of ``order_by`` asks for; ascending unless told. Raises ``InvalidInput``."""
    found = _ORDER.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise _invalid("order_by", f"{text[:100]!r} is no key with ASC or DESC behind it.")
    key, _ = _key(found, attributes, field="order_by")
    return OrderBy(key, descending=(found["direction"] or "").upper() == "DESC")


def _condition(text: str, place: int, attributes: Attributes) -> tuple[Condition, int]:
    found = _KEY_AND_COMPARISON.match(text, place)
    if found is None:
        raise _invalid("filter", f"{text[place:]!r} does not begin with a key and a comparison.")
    key, kind = _key(found, attributes, field="filter")
    comparison = " ".join(found["comparison"].upper().split())
    allowed = COMPARISONS[(key[0], kind)]
    if comparison not in allowed:
        raise _invalid("filter", f"{key[0]} {key[1]} takes {', '.join(sorted(allowed))}, not {comparison}.")
    if comparison in _PRESENCE:
        return Condition(key, comparison), found.end()
    value = _VALUE.match(text, found.end())
    if value is None:
        raise _invalid("filter", f"{text[found.end() :]!r} does not begin with a number or a quoted text.")
    return Condition(key, comparison, _read(value.group(), comparison, kind, key)), value.end()


def _key(found: re.Match[str], attributes: Attributes, *, field: str) -> tuple[Key, type]:
    written = found["entity"]
    entity = ENTITIES.get(written.lower()) if written else ATTRIBUTE
    if entity is None:
        raise _invalid(field, f"{written} is not one of metrics, params, tags and attributes.")
    name = found["name"].strip('`"')
    if entity != ATTRIBUTE:
        return (entity, name), float if entity == METRIC else str
    if name not in attributes:
        near = did_you_mean(name, sorted(attributes), otherwise=f"There are {', '.join(sorted(attributes))}.")
        raise _invalid(field, f"There is no attribute {name}. {near}")
    return (entity, name), attributes[name]


def _read(written: str, comparison: str, kind: type, key: Key) -> Any:
    is_list, is_text = written.startswith("("), written.startswith(("'", '"'))
    if is_list != (comparison in _AMONG) or (not is_list and is_text != (kind is str)):
        wanted = "a list of texts" if comparison in _AMONG else "a quoted text" if kind is str else "a number"
        raise _invalid("filter", f"{key[0]} {key[1]} {comparison} takes {wanted}, not {written}.")
    if is_list:
        return frozenset(text[1:-1] for text in re.findall(_QUOTED, written))
    return written[1:-1] if is_text else float(written)


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(
        message, hint="docs/how-to/move-from-mlflow.md has examples.", errors=(FieldError(field, "invalid", message),)
    )
