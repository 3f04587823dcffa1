"""Positions of values in a JSON or YAML text, so that an error can be shown under its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]
SPACE = re.compile(r"[ \t\r\n]*")
SCALAR = re.compile(r"[^\s,\]}]+")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a value: its own span, and that of its key, which in a list is its own; ends are exclusive."""

    key: tuple[int, int]
    value: tuple[int, int]


def places_in_json(text: str) -> dict[Path, Place]:
    """The place of each value of ``text``, which has to be JSON, by its path; list items by their index."""
    return dict(_JsonWalk(text).value((), _end(SPACE, text, 0), None))


class _JsonWalk:
    """Walks along valid JSON. ``end`` is where the value that was walked last ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.end = 0

    def value(self, path: Path, start: int, key: tuple[int, int] | None) -> Iterator[tuple[Path, Place]]:
        opening = self._text[start]
        if opening == "{":
            yield from self._members(path, start + 1)
        elif opening == "[":
            yield from self._items(path, start + 1)
        elif opening == '"':
            self.end = _end(STRING, self._text, start)
        else:
            self.end = _end(SCALAR, self._text, start)
        span = (start, self.end)
        yield path, Place(key or span, span)

    def _members(self, path: Path, position: int) -> Iterator[tuple[Path, Place]]:
        position = self._skip(position)
        while self._text[position] != "}":
            end = _end(STRING, self._text, position)
            name, key = json.loads(self._text[position:end]), (position, end)
            yield from self.value((*path, name), self._skip(self._skip(end) + 1), key)
            position = self._after(self.end)
        self.end = position + 1

    def _items(self, path: Path, position: int) -> Iterator[tuple[Path, Place]]:
        position, index = self._skip(position), 0
        while self._text[position] != "]":
            yield from self.value((*path, str(index)), position, None)
            position, index = self._after(self.end), index + 1
        self.end = position + 1

    def _skip(self, position: int) -> int:
        return _end(SPACE, self._text, position)

    def _after(self, position: int) -> int:
        position = self._skip(position)
        return self._skip(position + 1) if self._text[position] == "," else position


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where ``pattern``, which has to match at ``start``, ends."""
    found = pattern.match(text, start)
    assert found, f"no {pattern.pattern} at {start}"  # noqa: S101  the text is valid
    return found.end()


def places_in_yaml(text: str) -> dict[Path, Place]:
    """The place of each value of ``text``, which has to be YAML, by its path."""
    import yaml

    def walk(node: Any, path: Path, key: tuple[int, int] | None) -> Iterator[tuple[Path, Place]]:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                yield from walk(value, (*path, str(name.value)), _span(name))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from walk(value, (*path, str(index)), None)
        yield path, Place(key or _span(node), _span(node))

    return dict(walk(yaml.compose(text, Loader=yaml.SafeLoader), (), None))


def _span(node: Any) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index
