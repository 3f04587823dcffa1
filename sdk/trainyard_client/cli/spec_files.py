"""Training specs in files, JSON or YAML; and errors in them, shown under the line that they are about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import typer

from trainyard_client.cli.failures import USAGE
from trainyard_client.cli.output import remark
from trainyard_client.cli.positions import Place, places_in_json, places_in_yaml
from trainyard_client.errors import ApiError, FieldError

YAML = (".yaml", ".yml")
ABOUT_THE_NAME = ("unknown_field",)
"""Codes of errors that are about a field's name, not its value."""


class SpecFile:
    """A file that holds an object. Ends the command where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = _text_of(path)
        self._yaml = path.suffix.lower() in YAML
        self.content = self._read()

    def _read(self) -> dict[str, Any]:
        content = self._from_yaml() if self._yaml else self._from_json()
        if not isinstance(content, dict):
            self._end(f"{self.path} must hold {'a mapping' if self._yaml else 'a JSON object'}.")
        found: dict[str, Any] = content
        return found

    def _from_json(self) -> Any:
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            remark(f"{self.path} is not JSON: {error.msg}.", style="red")
            if self.path.suffix.lower() != ".json":
                remark("A spec is asked for here. Data to train on go up by `trainyard datasets upload FILE`.")
            self._end("\n".join(self._marked(error.pos, error.pos + 1, "here")))

    def _from_yaml(self) -> Any:
        try:
            import yaml
        except ImportError:
            self._end("Reading YAML takes PyYAML: pip install 'trainyard-client[yaml]'. JSON takes nothing.")
        try:
            return yaml.safe_load(self.text)
        except yaml.YAMLError as error:
            self._end(f"{self.path} is not YAML: {error}")

    def _end(self, sentence: str) -> NoReturn:
        remark(sentence, style="red")
        raise typer.Exit(USAGE)

    def explain(self, error: ApiError) -> list[str]:
        """The lines that say what ``error`` finds wrong, each field's under the line of the file that it stands in."""
        places = (places_in_yaml if self._yaml else places_in_json)(self.text)
        lines = [error.detail, *([error.hint] if error.hint else [])]
        for field in error.errors:
            lines += ["", *self._explained(field, places)]
        if error.errors_omitted:
            lines.append(f"… and {error.errors_omitted:,} more.")
        return lines

    def _explained(self, field: FieldError, places: dict[tuple[str, ...], Place]) -> Iterator[str]:
        path = tuple(field.field.split("."))
        sentence = f"{field.message} {field.hint}".rstrip()
        place = places.get(path)
        if place:
            yield from self._marked(*(place.key if field.code in ABOUT_THE_NAME else place.value), sentence)
            return
        while path and path not in places:  # what is missing is shown where it belongs
            path = path[:-1]
        yield from self._marked(*places[path].key, f"{field.field}: {sentence}")

    def _marked(self, start: int, end: int, sentence: str) -> Iterator[str]:
        line_start = self.text.rfind("\n", 0, start) + 1
        line = self.text[line_start:].split("\n", 1)[0].rstrip("\r")
        number, column = self.text.count("\n", 0, start) + 1, start - line_start
        width = max(1, min(end - start, len(line) - column))
        gutter = len(str(number))
        yield f"{self.path}:{number}:{column + 1}"
        yield f"  {number} | {line.replace(chr(9), ' ')}"
        yield f"  {' ' * gutter} | {' ' * column}{'^' * width} {sentence}"


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        remark(f"{path} cannot be read: {error}.", style="red")
        raise typer.Exit(USAGE) from None
