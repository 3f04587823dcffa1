"""Uploads of every task, with options, some of them damaged."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.fuzz.archives import archives
from tests.support.fuzz.cells import NAMES, ODD_NAMES
from tests.support.fuzz.tables import FILES
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import DataKind, Task

USUAL = {"target": "y", "text": "x", "time": "t", "series": "s", "user": "u", "item": "i", "group": "group"}
NUMERIC = {Task.TABULAR_REGRESSION, Task.TIME_SERIES_FORECASTING, Task.RECOMMENDATION}
NUMBERS = {"sample_rate": [4_000, 8_000, 48_000], "max_seconds": [1, 60, 600], "image_size": [4, 8, 33]}
ARCHIVED = {
    DataKind.IMAGES: ["png", "png", "jpg"],
    DataKind.RECORDINGS: ["wav", "wav", "ogg"],
    DataKind.TEXTS: ["txt"],
}
BYTES = [b"", b"\x00", b"\xff", b"\n", b'"', b",", b"\xff\xff\xff\x7f", b"PAR1", b"PK\x03\x04", b"\x00\x00\x00\x00"]


@dataclass(frozen=True, slots=True)
class Upload:
    task: Task
    name: str
    content: bytes
    options: CompileOptions


@st.composite
def options_of(draw: st.DrawFn, task: Task, *, is_table: bool) -> CompileOptions:
    """Mostly those that the task reads, under names that the tables have; at times others, or none."""
    chosen: dict[str, Any] = {}
    odd = draw(st.sampled_from([*[""] * 12 * len(CompileOptions.model_fields), *CompileOptions.model_fields]))
    for name in CompileOptions.model_fields:
        is_read = name in task.traits.options
        is_needed = name in task.traits.needs or (is_read and is_table and name in ("target", "text"))
        if not (is_needed or name == odd or (is_read and draw(st.sampled_from([False] * 5 + [True])))):
            continue
        if name in NUMBERS:
            chosen[name] = draw(st.sampled_from(NUMBERS[name]))
        elif name == "split" and task.traits.data in ARCHIVED:
            chosen[name] = draw(st.sampled_from(["folders", "split", "x"]))
        else:
            usual = USUAL.get(name, name) if name != "target" or task not in NUMERIC else "n"
            chosen[name] = draw(st.sampled_from([*[usual] * 300, *NAMES, *filter(str.isprintable, ODD_NAMES)]))
    try:
        return CompileOptions(**chosen)
    except ValidationError:
        return CompileOptions(**{name: value for name, value in chosen.items() if USUAL.get(name) == value})


@st.composite
def uploads(draw: st.DrawFn, task: Task) -> Upload:
    """Six in seven are whole, and one in twelve is of another task's form."""
    kinds: list[str] = list(ARCHIVED.get(task.traits.data, []))
    if not kinds or task.traits.data == DataKind.TEXTS:
        kinds += FILES
    if draw(st.sampled_from([False] * 11 + [True])):
        kinds = ["png", "wav", "txt", *FILES]
    kind = draw(st.sampled_from(kinds))
    content = draw(FILES[kind]() if kind in FILES else archives(kind))
    if draw(st.sampled_from([False] * 6 + [True])):
        content = draw(damaged(content))
    suffix = kind if kind in FILES else draw(st.sampled_from(["zip", "tar", "tar.gz", "tgz", ""]))
    name = draw(st.sampled_from([f"a.{suffix}", f"a.{suffix}", f"A B.{suffix.upper()}", "a", "a.csv", "\ud800\n"]))
    name = name.encode("utf-8", "replace").decode()
    return Upload(task, name, content, draw(options_of(task, is_table=kind in FILES)))


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes changed, taken out, put in; a piece of the file in another place; cut off."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, draw(st.sampled_from([60, len(found), len(found)])))))
        length = draw(st.sampled_from([0, 1, 1, 4, 200]))
        piece = draw(
            st.sampled_from([*BYTES, bytes(found[at // 2 : at // 2 + 40]), bytes([draw(st.integers(0, 255))])])
        )
        found[at : at + length] = piece
    return bytes(found[: draw(st.sampled_from([len(found), len(found), draw(st.integers(0, len(found)))]))])
