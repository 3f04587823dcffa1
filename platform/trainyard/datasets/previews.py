"""A glance at a compiled dataset, made once when it becomes ready: the first rows of a table, the first steps of a
series, a few texts, images or recordings."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard.datasets.distributions import distributions
from trainyard.datasets.findings import findings
from trainyard.datasets.media import png_of, wav_of
from trainyard_spec.audio import FULL_SCALE
from trainyard_spec.datasets import (
    AnyProfile,
    CategoricalColumn,
    CompiledDataset,
    InteractionProfile,
    NumericColumn,
    RecordingProfile,
    SeriesProfile,
    TableProfile,
    TargetProfile,
    has_labels,
)
from trainyard_spec.tasks import Task

ROWS = 20
COLUMNS = 50
IMAGES = 12
RECORDINGS = 6
SERIES = 4
STEPS = 400
CHARACTERS = 500
WORDS = 100


def build(dataset: CompiledDataset, directory: Path) -> bytes:
    """The preview of the dataset in ``directory``, as JSON: ``{"rows": […], "images": […], …}``."""
    preview: dict[str, Any] = {"rows": [], "images": [], "recordings": [], "series": []}
    preview |= BUILDERS[dataset.profile.kind](dataset, directory)
    preview |= {"columns": distributions(dataset, directory), "findings": findings(dataset, directory)}
    return json.dumps(preview).encode()


def _images(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    images, target = _array(directory, "images"), _array(directory, "target")
    shown = _spread(len(images), IMAGES)
    captions = [_caption(dataset, value) for value in _numbers(target[shown])]
    pictures = [png_of(images[index]) for index in shown]
    return {"images": [{"label": label, "png": png} for label, png in zip(captions, pictures, strict=True)]}


def _caption(dataset: CompiledDataset, value: Any) -> str:
    """Caption of an image: its class, its labels, its number, or one of each target."""
    if has_labels(dataset.profile):
        return ", ".join(_labelled(dataset, value))
    if isinstance(value, list):
        return ", ".join(f"{target} {number:g}" for target, number in _by_target(dataset.profile, value).items())
    return str(_labelled(dataset, value))


def _texts(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    shown = _spread(dataset.rows, ROWS)
    columns = {"text": _beginnings(directory, "text", shown)}
    if dataset.classes:
        columns["label"] = [_labelled(dataset, value) for value in _array(directory, "target")[shown].tolist()]
    if dataset.task == Task.TEXT_REGRESSION:
        columns["value"] = [_caption(dataset, value) for value in _array(directory, "target")[shown].tolist()]
    if dataset.task == Task.TRANSLATION:
        columns["translation"] = _beginnings(directory, "translation", shown)
    if dataset.task == Task.SENTENCE_EMBEDDING:
        columns |= _partners(dataset, directory, shown)
    return {"rows": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def _partners(dataset: CompiledDataset, directory: Path, shown: npt.NDArray[np.intp]) -> dict[str, list[Any]]:
    """What stands beside the first text of a pair."""
    names = {entry.name.removesuffix(".npy") for entry in dataset.files}
    columns: dict[str, list[Any]] = {
        name: _beginnings(directory, name, shown) for name in ("positive", "negative") if name in names
    }
    return columns | ({"score": _array(directory, "target")[shown].tolist()} if "target" in names else {})


def _tagged(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    """The first words of a few texts, each with its tag."""
    offsets, tags = _array(directory, "tag_offsets"), _array(directory, "tag")
    rows = []
    for row in _spread(dataset.rows, ROWS).tolist():
        words = np.arange(offsets[row], min(offsets[row + 1], offsets[row] + WORDS))
        rows.append(
            {
                "tokens": _names(directory, "word", words),
                "tags": [dataset.classes[tag] for tag in tags[words].tolist()],
            }
        )
    return {"rows": rows}


def _conversations(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    """What was said in a few conversations, a line a message, and the answers to compare."""
    content, offsets = _array(directory, "text"), _array(directory, "text_offsets")
    shown = _spread(dataset.rows, ROWS)
    stored = (json.loads(bytes(content[offsets[row] : offsets[row + 1]])) for row in shown)
    return {"rows": [_conversation(row) for row in stored]}


def _conversation(row: dict[str, Any]) -> dict[str, Any]:
    said = {name: _lines(row[name]) for name in ("messages", "chosen", "rejected", "answer") if row.get(name)}
    return said | ({"is_desirable": row["is_desirable"]} if "is_desirable" in row else {})


def _lines(messages: list[dict[str, Any]]) -> str:
    lines = (f"{message['role']}: {message['content'] or message.get('tool_calls', '')}" for message in messages)
    return "\n".join(lines)[:CHARACTERS]


def _beginnings(directory: Path, name: str, rows: npt.NDArray[np.intp]) -> list[str]:
    """The first characters of the texts ``rows``, of which any may be very long."""
    content, offsets = _array(directory, name), _array(directory, f"{name}_offsets")
    ends = np.minimum(offsets[rows + 1], offsets[rows] + 4 * CHARACTERS)
    spans = zip(offsets[rows].tolist(), ends.tolist(), strict=True)
    return [bytes(content[begin:end]).decode(errors="replace")[:CHARACTERS] for begin, end in spans]


def _recordings(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    profile = dataset.profile
    assert isinstance(profile, RecordingProfile)  # noqa: S101  as its kind says
    audio, offsets = (_array(directory, name) for name in ("audio", "audio_offsets"))
    said = _said(dataset, profile, directory)
    shown = _spread(dataset.rows, ROWS)
    played = _spread(dataset.rows, RECORDINGS).tolist()
    return {
        "recordings": [
            {
                "label": next(iter(said(index).values())),
                "wav": wav_of(audio[offsets[index] : offsets[index + 1]], sample_rate=profile.sample_rate),
            }
            for index in played
        ],
        "rows": [
            {
                "seconds": round(int(offsets[index + 1] - offsets[index]) / profile.sample_rate, 3),
                "loudest": round(_loudest(audio[offsets[index] : offsets[index + 1]]), 3),
                **said(index),
            }
            for index in shown.tolist()
        ],
    }


def _said(dataset: CompiledDataset, profile: RecordingProfile, directory: Path) -> Callable[[int], dict[str, str]]:
    """What a row is labelled with: its class, or its transcript."""
    if dataset.classes:
        target = _array(directory, "target")
        return lambda index: {"label": dataset.classes[target[index]]}
    numbers, offsets = _array(directory, "transcript"), _array(directory, "transcript_offsets")

    def transcript(index: int) -> dict[str, str]:
        characters = [profile.alphabet[number - 1] for number in numbers[offsets[index] : offsets[index + 1]].tolist()]
        return {"text": "".join(characters[:CHARACTERS])}

    return transcript


def _loudest(samples: npt.NDArray[np.int16]) -> float:
    """The largest amplitude, of at most 1."""
    return float(np.abs(samples.astype(np.int32)).max()) / FULL_SCALE


def _interactions(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    profile = dataset.profile
    assert isinstance(profile, InteractionProfile)  # noqa: S101  as its kind says
    columns = {
        profile.user: _names(directory, "users", _array(directory, "user")[:ROWS]),
        profile.item: _names(directory, "items", _array(directory, "item")[:ROWS]),
    }
    for column, name in ((profile.target, "target"), (profile.time, "time")):
        if column is not None:
            columns[column] = _numbers(_array(directory, name)[:ROWS])
    return {"rows": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def _names(directory: Path, name: str, codes: npt.NDArray[Any]) -> list[str]:
    text, offsets = _array(directory, name), _array(directory, f"{name}_offsets")
    return [bytes(text[offsets[code] : offsets[code + 1]]).decode() for code in codes]


def _spread(rows: int, shown: int) -> npt.NDArray[np.intp]:
    """At most ``shown`` indices, evenly over all rows: those of one class often lie together."""
    return np.unique(np.linspace(0, rows - 1, shown).astype(np.intp))


def _rows(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    profile = dataset.profile
    assert isinstance(profile, TableProfile)  # noqa: S101  as its kind says
    numeric, categorical, target = (_array(directory, name)[:ROWS] for name in ("numeric", "categorical", "target"))
    rows: list[dict[str, Any]] = [{} for _ in target]
    places = {"numeric": 0, "categorical": 0}
    for column in profile.columns[:COLUMNS]:
        place = places[column.kind]
        places[column.kind] += 1
        stored = numeric if column.kind == "numeric" else categorical
        for row, value in zip(rows, _numbers(stored[:, place]), strict=True):
            row[column.name] = value_of(column, value)
    for row, value in zip(rows, _numbers(target), strict=True):
        row.update(_by_target(profile, value) if profile.targets else {profile.target: _labelled(dataset, value)})
    return {"rows": rows}


def _by_target(profile: AnyProfile, values: list[Any]) -> dict[str, Any]:
    """Caption of a row with a value for each of several targets."""
    targets = profile.targets if isinstance(profile, TargetProfile) else ()
    return dict(list(zip(targets, values, strict=True))[:COLUMNS])


def _labelled(dataset: CompiledDataset, value: Any) -> Any:
    """The class or the labels that a stored target stands for; where there are none, itself."""
    if has_labels(dataset.profile):
        return [label for label, is_there in zip(dataset.classes, value, strict=True) if is_there]
    return dataset.classes[value] if dataset.classes else value


def _steps(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    """Steps of the first series, with its class where series have one."""
    profile = dataset.profile
    assert isinstance(profile, SeriesProfile)  # noqa: S101  as its kind says
    end = int(_array(directory, "values_offsets")[1])
    values = _array(directory, "values")[: min(end, ROWS), :COLUMNS]
    names = [channel.name for channel in profile.channels]
    label = {profile.target: dataset.classes[_array(directory, "target")[0]]} if dataset.classes else {}
    rows = [dict(zip(names, (value_of(None, number) for number in _numbers(step)), strict=False)) for step in values]
    return {"rows": [row | label for row in rows], "series": _courses(dataset, directory)}


def _courses(dataset: CompiledDataset, directory: Path) -> list[dict[str, Any]]:
    """The first channel of some series, as long as a plot is wide."""
    offsets, values = _array(directory, "values_offsets"), _array(directory, "values")
    courses = []
    for index in _spread(dataset.rows, SERIES).tolist():
        begin, end = int(offsets[index]), int(offsets[index + 1])
        name = _names(directory, "name", np.array([index]))[0] if (directory / "name.npy").exists() else ""
        shown = values[begin : min(end, begin + STEPS), 0]
        label = dataset.classes[_array(directory, "target")[index]] if dataset.classes else None
        courses.append({"name": name, "label": label, "values": [_value_or_none(value) for value in _numbers(shown)]})
    return courses


def _value_or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _numbers(values: npt.NDArray[Any]) -> list[Any]:
    """As Python's: of a float32 the shortest decimal that is read back as it, so 0.3 and not 0.30000001192092896."""
    return [float(str(value)) for value in values] if values.dtype == np.float32 else values.tolist()


def value_of(column: Any, stored: float | int) -> Any:
    """A cell as it is shown: the category's name, a date; ``None`` for a missing one."""
    if isinstance(column, CategoricalColumn):
        return column.categories[int(stored)] if stored >= 0 else None
    if np.isnan(stored):
        return None
    return _date(stored) if isinstance(column, NumericColumn) and column.form.startswith("datetime") else stored


def _date(seconds: float) -> Any:
    """A date or time as ISO 8601 has it; as seconds since 1970 if its year has not four digits."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError):
        return seconds


def _array(directory: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array


BUILDERS: dict[str, Callable[[CompiledDataset, Path], dict[str, Any]]] = {
    "images": _images,
    "table": _rows,
    "text": _texts,
    "tokens": _tagged,
    "conversations": _conversations,
    "interactions": _interactions,
    "series": _steps,
    "recordings": _recordings,
}
"""By the kind of profile."""
