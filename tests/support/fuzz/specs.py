"""Specs that a form, a script or a slip of the hand makes of one that trains: each field may hold anything."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.support.fuzz.cells import VALUES

Options = dict[str, Any]
Place = tuple[str | int, ...]

NUMBERS = [0, 1, 2, 3, 5, 7, 16, 33, 64, 200, 1_000, -1, 0.0, 0.1, 0.5, 0.9, 0.999, 1.0, 1e-12, 30.0, 1e6, 2**31, 2**70]
WORDS = [
    *("auto", "none", "mean", "max", "last", "attention", "cls", "valid", "same", "batch", "layer", "pre", "post"),
    *("cross_entropy", "focal", "bce", "mse", "mae", "huber", "ctc", "val_loss", "val_accuracy", "val_wer"),
    *("random", "time", "group", "given", "standardize", "min_max", "median", "per_window", "per_series", "global"),
    *("words", "bpe", "characters", "char_ngrams", "learned", "sinusoidal", "rotary", "lstm", "gru", "vanilla"),
    *("orthogonal", "he", "xavier", "fp32", "bf16", "fp16", "recover", "fail", "relu", "gelu", "tanh", "", "\x00", "x"),
]
ODD: list[Any] = [*VALUES, "1", "true", "\ud800", [0], [1, 2, 3], [[]], {"name": "x"}, "x" * 1_000]
SECTIONS: Options = {
    "training.early_stopping": {"metric": "val_loss", "patience": 1, "min_delta": 0.0},
    "training.ema": {"decay": 0.5},
    "training.class_weights": [1.0, 2.0, 3.0],
    "training.balance_classes": True,
    "training.accumulate": 3,
    "training.batch_size": 1,
    "training.preprocess": {"scale": "min_max", "impute": "median"},
    "training.optimizer": {"name": "sgd", "lr": 0.1},
    "training.schedule": {"name": "plateau"},
    "training.augment": [{"name": "mixup"}],
    "training.text": {"max_length": 1},
    "training.series": {"context": 2, "horizon": 1},
    "training.sequence": {"max_length": 1},
    "training.audio": {"mels": 8},
    "split": {"train": 0.98, "val": 0.01, "test": 0.01},
}
UNTRIED = {("training", "compile"), ("training", "checkpoint"), ("dataset",), ("limits",), ("resources",), ("name",)}
"""What starts a compiler, and what the engine does not read."""


@st.composite
def odd_specs(draw: st.DrawFn, spec: Options) -> Options:
    """``spec`` with one to three of its fields changed, left out or added; mostly to what may be meant."""
    changed = deepcopy(spec)
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        if draw(st.sampled_from([False, False, True])):
            name = draw(st.sampled_from(sorted(SECTIONS)))
            *parents, last = name.split(".")
            owner = changed.get(parents[0]) if parents else changed
            if isinstance(owner, dict):
                owner[last] = deepcopy(SECTIONS[name])
            continue
        place = draw(st.sampled_from([place for place in _places(changed) if not _is_untried(place)]))
        owner = changed
        for part in place[:-1]:
            owner = owner[part]  # type: ignore[index]
        if draw(st.sampled_from([False] * 9 + [True])):
            del owner[place[-1]]  # type: ignore[arg-type]
        else:
            owner[place[-1]] = draw(_value_like(owner[place[-1]]))  # type: ignore[index]
    return changed


def _value_like(value: Any) -> st.SearchStrategy[Any]:
    """Of the same kind nine times in ten."""
    kinds: list[Any] = ODD
    if isinstance(value, bool):
        kinds = [True, False]
    elif isinstance(value, int | float):
        kinds = NUMBERS
    elif isinstance(value, str):
        kinds = WORDS
    elif isinstance(value, list):
        kinds = [[], value * 2, value[:1], value[::-1], [1], [2, 2], [0.5]]
    return st.sampled_from([kinds] * 9 + [ODD]).flatmap(st.sampled_from)


def _places(value: Any, at: Place = ()) -> list[Place]:
    """Of everything in ``value``, but for itself."""
    if isinstance(value, dict):
        found = [((*at, name), item) for name, item in value.items()]
    elif isinstance(value, list):
        found = [((*at, place), item) for place, item in enumerate(value)]
    else:
        return []
    return [place for own, item in found for place in (own, *_places(item, own))]


def _is_untried(place: Place) -> bool:
    return any(place[: len(untried)] == untried for untried in UNTRIED)
