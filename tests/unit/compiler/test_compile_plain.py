"""Plain files are read the fast way and others with care: what comes out must not tell which."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.compiling import compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.tables import jsonl_source
from trainyard_engine.ingest.tables.plain_csv import NotPlain, PlainBlock
from trainyard_engine.ingest.tables.plain_jsonl import read_plain_jsonl
from trainyard_engine.modalities.tabular import scan
from trainyard_spec.datasets import CompileResult
from trainyard_spec.tasks import Task

LIMITS = IngestLimits(row_size=1000)
"""A block holds no more: these files are of many."""

CELLS = {
    "plain": "{n}.5,{n},c{c}",
    "quoted": '"{n}.5","{n}","c{c}"',
    "a comma in quotes": '{n}.5,{n},"c,{c}"',
    "a line break in quotes": '{n}.5,{n},"c\n{c}"',
    "a quote in quotes": '{n}.5,{n},"c""{c}"',
    "white space": " {n}.5 ,\t{n}, c{c} ",
    "empty cells": "{n}.5,,c{c}",
    "words for nothing": "NaN,NA,c{c}",
    "words in other letters": "NAN,{n},c{c}",
    "infinity": "inf,{n},c{c}",
    "a number beyond float32": "1e39,{n},c{c}",
    "a number beyond float64": "1e999,{n},c{c}",
    "minus nothing": "-0,{n},c{c}",
    "leading zeros": "00{n},0{c},c{c}",
    "numbers as classes": "{n}.5,{n},0{c}",
    "numbers of other forms": "+{n},.5e-3,c{c}",
    "other scripts": "{n}.5,{n},grün – 緑 {c}",
    "half a character": "{n}.5,{n},\udcc3c{c}",
    "no class": "{n}.5,{n},",
    "a cell too many": "{n}.5,{n},c{c},1",
    "a blank line": "\n{n}.5,{n},c{c}",
    "a text": "a{n},{n},c{c}",
}
ROW = '{{"x": {n}.5, "n": {n}, "y": "c{c}"}}'
OBJECTS = {
    "plain": ROW,
    "no value": '{{"x": null, "n": {n}, "y": "c{c}"}}',
    "no key": '{{"n": {n}, "y": "c{c}"}}',
    "another key": '{{"x": {n}.5, "n": {n}, "y": "c{c}", "z": 1}}',
    "a key twice": '{{"x": 1, "x": {n}.5, "n": {n}, "y": "c{c}"}}',
    "no number": '{{"x": NaN, "n": {n}, "y": "c{c}"}}',
    "infinity to Arrow": '{{"x": Inf, "n": {n}, "y": "c{c}"}}',
    "no number to Arrow": '{{"x": -NaN, "n": {n}, "y": "c{c}"}}',
    "infinity": '{{"x": -Infinity, "n": {n}, "y": "c{c}"}}',
    "a whole number": '{{"x": {n}, "n": {n}, "y": "c{c}"}}',
    "minus nothing": '{{"x": -0, "n": {n}, "y": "c{c}"}}',
    "a decimal number": '{{"x": {n}.5, "n": {n}.0, "y": "c{c}"}}',
    "a long number": '{{"x": 9007199254740993, "n": 12345678901234567890, "y": "c{c}"}}',
    "a number beyond float64": '{{"x": 1e999, "n": {n}, "y": "c{c}"}}',
    "a number as class": '{{"x": {n}.5, "n": {n}, "y": {c}}}',
    "a text for a number": '{{"x": "{n}.5", "n": {n}, "y": "c{c}"}}',
    "true": '{{"x": {n}.5, "n": true, "y": "c{c}"}}',
    "a date": '{{"x": {n}.5, "n": "2026-03-01", "y": "2026-03-0{c}"}}',
    "a list": '{{"x": {n}.5, "n": [{n}, []], "y": "c{c}"}}',
    "an object": '{{"x": {n}.5, "n": {{"a": {n}}}, "y": "c{c}"}}',
    "escapes": '{{"x": {n}.5, "n": {n}, "y": "\\u00e9\\ud83d\\ude00\\n{c}"}}',
    "half a character": '{{"x": {n}.5, "n": {n}, "y": "\\ud83d{c}"}}',
    "not UTF-8": '{{"x": {n}.5, "n": {n}, "y": "\udcc3{c}"}}',
    "two objects": ROW + " " + ROW,
    "an object on two lines": '{{"x": {n}.5,\n"n": {n}, "y": "c{c}"}}',
    "no object": "[{n}]",
    "no JSON": '{{"x": {n}.5, "n": 0{n}, "y": "c{c}"}}',
    "a blank line": "\n" + ROW,
    "white space": "  " + ROW + "\t",
    "brackets in a text": '{{"x": {n}.5, "n": {n}, "y": "}}{{[{c}"}}',
    "a line too long": ROW + " " * 1000,
}


def lines(plain: str, odd: str, every: int) -> Iterator[str]:
    for number in range(300):
        yield (odd if number % every == every - 1 else plain).format(n=number, c=number % 3)


def compiled(path: Path, content: str) -> CompileResult:
    path.parent.mkdir()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    return compile_file(path, Task.TABULAR_CLASSIFICATION, target="y", limits=LIMITS)


@pytest.mark.parametrize("every", [1, 97])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("odd", CELLS.values(), ids=CELLS)
def test_csv_is_read_fast_as_with_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, end: str, every: int
) -> None:
    content = "\ufeffx,n,y" + end + end.join(lines(CELLS["plain"], odd, every))
    fast = compiled(tmp_path / "fast" / "t.csv", content)

    def refuse(*_: object) -> Iterator[PlainBlock]:
        raise NotPlain

    monkeypatch.setattr(scan, "read_plain_csv", refuse)

    assert compiled(tmp_path / "careful" / "t.csv", content) == fast


@pytest.mark.parametrize("every", [1, 97])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("odd", OBJECTS.values(), ids=OBJECTS)
def test_json_lines_are_read_fast_as_with_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, end: str, every: int
) -> None:
    monkeypatch.setattr(jsonl_source, "BATCH_SIZE", 1000)
    content = "\ufeff" + end.join(lines(ROW, odd, every))
    fast = compiled(tmp_path / "fast" / "t.jsonl", content)
    monkeypatch.setattr(jsonl_source, "read_plain_jsonl", lambda *_, **__: None)

    assert compiled(tmp_path / "careful" / "t.jsonl", content) == fast


def test_plain_json_lines_are_read_the_fast_way() -> None:
    content = "\n".join(lines(ROW, ROW, 1)).encode()

    batch = read_plain_jsonl(content, texts=["y"], row_size=1000)

    assert batch is not None
    assert (batch.rows, list(batch.columns)) == (300, ["y", "x", "n"])
