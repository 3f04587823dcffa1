"""What a finished model is asked: inputs as they should be, and as clients, spreadsheets and nobody send them."""

import base64
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.support.fuzz.cells import VALUES
from tests.support.fuzz.uploads import damaged
from tests.support.series import load_rows, run_rows
from tests.support.speech import tone
from tests.support.uploads import image_bytes
from trainyard_spec.tasks import Task

ODD_TEXTS = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udc00a", "\ufeff", "🙂", "e\u0301", "nan", "NaN", "1e400", "-1", "true",
    "x" * 10_000, "word " * 2_000, "[PAD]", "[UNK]", "data:,", "data:image/png;base64,", "====", "A", "AAAA",
    "http://127.0.0.1/a.png", "2026-02-30", "1,5", "{}", "\u202e", "٣",
]  # fmt: skip
ODD_NUMBERS = [2**31, 2**63, -(2**63) - 1, 10**40, 10**400, 1e308, 3.5e38, 5e-324, -1, 256]
NESTED: list[Any] = [[[[[]]]], [[1, [2, {"a": [None]}]]], {"text": {"text": "a"}}, {"user": []}, [None], [{}], [[]]]
ODD: list[Any] = [*VALUES, *ODD_TEXTS, *ODD_NUMBERS, *NESTED]
KEYS = [
    "",
    " ",
    "\x00",
    "text",
    "user",
    "item",
    "k",
    "n0",
    "N0",
    " n0 ",
    "y",
    "id",
    "x" * 300,
    "\ud800",
    "seed",
    "load",
]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _rows(task: Task) -> list[Any]:
    if task == Task.TIME_SERIES_FORECASTING:
        return [load_rows(lengths=(12,)), [{"load": 100 + step, "temperature": 10} for step in range(9)]]
    return [[row for row in run_rows() if row["run"] == run] for run in (0, 7)]


def _images() -> list[Any]:
    return [
        _base64(image_bytes(90, mode="L", size=(32, 32))),
        _base64(image_bytes((1, 2, 3, 4), mode="RGBA", size=(5, 9))),
    ]


ASKED = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 3}
GOOD: dict[Task, Callable[[], list[Any]]] = {
    Task.IMAGE_CLASSIFICATION: _images,
    Task.IMAGE_REGRESSION: _images,
    Task.TEXT_CLASSIFICATION: lambda: ["good fine film", "nothing known 日本"],
    Task.TEXT_REGRESSION: lambda: ["word3 word20", "nothing known 日本"],
    Task.SENTENCE_EMBEDDING: lambda: ["word1 word2", {"sentence1": "word1", "sentence2": "nothing known 日本"}],
    Task.TOKEN_CLASSIFICATION: lambda: ["word3 word20 日本", {"tokens": ["word31", "nothing known"]}],
    Task.AUDIO_CLASSIFICATION: lambda: [_base64(tone(500, seconds=0.12)), _base64(tone(900, seconds=0.4))],
    Task.SPEECH_RECOGNITION: lambda: [_base64(tone(500, seconds=0.12)), _base64(tone(900, seconds=0.4))],
    Task.LANGUAGE_MODELLING: lambda: ["word1 word2", {"text": "word3", "max_tokens": 3, "temperature": 0.5, "seed": 2}],
    Task.INSTRUCTION_TUNING: lambda: ["Count to two", ASKED],
    Task.PREFERENCE_TUNING: lambda: ["Say one", ASKED],
    Task.TRANSLATION: lambda: ["a1 a2", "a22", {"text": "a1", "max_tokens": 4, "num_beams": 2, "length_penalty": 0.5}],
    Task.TABULAR_CLASSIFICATION: lambda: [{"n0": 1.5, "n1": "2.5", "n3": None, "k0": "red", "k1": "mauve"}, {}],
    Task.TABULAR_REGRESSION: lambda: [{"n0": 1.5, "n1": -2, "k0": "red", "k1": ""}, {"n2": "7"}],
    Task.TIME_SERIES_FORECASTING: lambda: _rows(Task.TIME_SERIES_FORECASTING),
    Task.SEQUENCE_CLASSIFICATION: lambda: _rows(Task.SEQUENCE_CLASSIFICATION),
    Task.RECOMMENDATION: lambda: [{"user": "u1"}, {"user": "u2", "item": 3}, {"user": "nobody", "k": 100}],
}
"""Inputs that the model of a task's data in ``tests.support.architecture_matrix`` answers."""


@st.composite
def questions(draw: st.DrawFn, task: Task) -> list[Any]:
    """One to four inputs: of every four, one is as it should be, and one is something else altogether."""
    good = GOOD[task]()
    return [
        draw(st.one_of(st.sampled_from(good), mutated(draw(st.sampled_from(good))), mutated(good[0]), odd_values()))
        for _ in range(draw(st.integers(1, 4)))
    ]


def odd_values() -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(ODD), st.text(max_size=12), st.integers(), st.floats())


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """``value``, or something in it, changed."""
    if isinstance(value, dict):
        return draw(_mutated_object(value))
    if isinstance(value, list) and value:
        return draw(_mutated_list(value))
    if isinstance(value, str) and draw(st.booleans()):
        return draw(_mutated_text(value))
    return draw(odd_values())


@st.composite
def _mutated_object(draw: st.DrawFn, value: dict[str, Any]) -> Any:
    changed = dict(value)
    name = draw(st.sampled_from([*value, *KEYS]))
    match draw(st.sampled_from(["cell", "cell", "cell", "key", "drop"])):
        case "cell":
            changed[name] = draw(odd_values())
        case "key":
            changed[draw(st.sampled_from(KEYS))] = changed.pop(name, None)
        case _:
            changed.pop(name, None)
    return changed


@st.composite
def _mutated_list(draw: st.DrawFn, value: list[Any]) -> Any:
    changed, place = list(value), draw(st.integers(0, len(value) - 1))
    match draw(st.sampled_from(["item", "item", "item", "drop", "twice", "turn", "cut", "bare"])):
        case "item":
            changed[place] = draw(mutated(changed[place]))
        case "drop":
            del changed[place]
        case "twice":
            changed.insert(draw(st.integers(0, len(value))), changed[place])
        case "turn":
            changed.reverse()
        case "cut":
            del changed[place:]
        case _:
            return changed[place]
    return changed


@st.composite
def _mutated_text(draw: st.DrawFn, value: str) -> str:
    """As text, or, where it may be one, as the file that it spells."""
    try:
        content = base64.b64decode(value, validate=True)
    except ValueError:
        content = b""
    if content and draw(st.booleans()):
        return _base64(draw(damaged(content)))
    at, piece = draw(st.integers(0, len(value))), draw(st.sampled_from(ODD_TEXTS))
    return value[:at] + piece + value[at + draw(st.sampled_from([0, 1, 50])) :]
