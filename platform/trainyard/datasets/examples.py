"""Single rows of a compiled version, to be looked at: the picture, the text, the cells, the recording, the steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trainyard.core.blobs import BlobNotFound
from trainyard.datasets.media import LONGEST_SECONDS, png_of, wav_of
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.previews import CHARACTERS, COLUMNS, value_of
from trainyard.datasets.stored_arrays import StoredArrays
from trainyard_common.untrusted import Untrustworthy
from trainyard_spec.datasets import AnyProfile, DatasetSummary, RecordingProfile, SeriesProfile, TableProfile

STEPS = 240
WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a row holds; one of these by the kind of data, ``None`` the others.

    ``tokens`` are the words of a tagged text, ``png`` and ``wav`` are base64, ``cells`` columns with their values,
    ``steps`` the first channel of a series.
    """

    text: str | None = None
    tokens: list[str] | None = None
    png: str | None = None
    wav: str | None = None
    cells: dict[str, Any] | None = None
    steps: list[float | None] | None = None


def examples(*, version: DatasetVersion, rows: Sequence[int]) -> list[Example | None]:
    """Examples in the uploaded ``rows``, counted from 1, in order; ``None`` for one that is not there (any more)."""
    if not version.profile:
        return [None] * len(rows)
    summary = DatasetSummary.model_validate(version.profile)
    profile = summary.profile
    read = READERS.get(profile.kind)
    with StoredArrays(version) as arrays:
        try:
            places = _places(arrays, summary, rows)
            return [None if read is None or place is None else read(profile, arrays, place) for place in places]
        except (BlobNotFound, Untrustworthy):
            return [None] * len(rows)


def _places(arrays: StoredArrays, summary: DatasetSummary, rows: Sequence[int]) -> list[int | None]:
    """Where ``rows`` of the upload are stored; of a series, which series the step belongs to."""
    profile = summary.profile
    if "row" in arrays:
        numbers = arrays["row"].whole()
        order = np.argsort(numbers, kind="stable")
        found = order[np.minimum(np.searchsorted(numbers, rows, sorter=order), len(numbers) - 1)]
        places = [int(place) if numbers[place] == row else None for place, row in zip(found, rows, strict=True)]
    else:
        stored = profile.steps if isinstance(profile, SeriesProfile) else summary.rows
        places = [row - 1 if 0 < row <= stored else None for row in rows]
    if isinstance(profile, SeriesProfile):
        offsets = arrays["values_offsets"].whole()
        return [None if place is None else int(np.searchsorted(offsets, place, side="right")) - 1 for place in places]
    return places


def _image(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example | None:
    found = arrays["images"].part(place, place + 1)
    return Example(png=png_of(found[0])) if len(found) else None


def _text(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example:
    begin, end = arrays.spans("text", place)
    content = arrays["text"].part(begin, min(end, begin + 4 * CHARACTERS))
    return Example(text=bytes(content).decode(errors="replace")[:CHARACTERS])


def _words(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example:
    begin, end = arrays.spans("tag", place)
    bounds = arrays["word_offsets"].part(begin, min(end, begin + WORDS) + 1).tolist()
    content = bytes(arrays["word"].part(bounds[0], bounds[-1]))
    return Example(
        tokens=[content[a - bounds[0] : b - bounds[0]].decode(errors="replace") for a, b in pairwise(bounds)]
    )


def _recording(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example:
    assert isinstance(profile, RecordingProfile)  # noqa: S101  as its kind says
    begin, end = arrays.spans("audio", place)
    rate = profile.sample_rate
    samples = arrays["audio"].part(begin, min(end, begin + LONGEST_SECONDS * rate))
    return Example(wav=wav_of(samples, sample_rate=rate))


def _cells(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example:
    assert isinstance(profile, TableProfile)  # noqa: S101  as its kind says
    stored = {kind: arrays[kind].part(place, place + 1)[0] for kind in ("numeric", "categorical") if kind in arrays}
    next_place = dict.fromkeys(stored, 0)
    cells: dict[str, Any] = {}
    for column in profile.columns[:COLUMNS]:
        at = next_place[column.kind]
        next_place[column.kind] += 1
        cells[column.name] = value_of(column, stored[column.kind][at].item())
    return Example(cells=cells)


def _series(profile: AnyProfile, arrays: StoredArrays, place: int) -> Example:
    begin, end = arrays.spans("values", place)
    steps = arrays["values"].part(begin, min(end, begin + STEPS))[:, 0]
    return Example(steps=[None if np.isnan(step) else step for step in steps.tolist()])


READERS: dict[str, Callable[[AnyProfile, StoredArrays, int], Example | None]] = {
    "images": _image,
    "text": _text,
    "tokens": _words,
    "recordings": _recording,
    "table": _cells,
    "series": _series,
}
"""By the kind of profile."""
