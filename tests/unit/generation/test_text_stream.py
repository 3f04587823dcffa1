"""Texts as their tokens come: whole characters only, and nothing behind or of a stop sequence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from tests.support.tiny_language_model import register_language_model
from trainyard_engine.generation.opening import load_tokenizer
from trainyard_engine.generation.text_stream import TextStream


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    directory: Path = register_language_model(tmp_path_factory.mktemp("models"))
    return load_tokenizer(directory / "tiny-lm")


def _pieces(tokenizer: Tokenizer, text: str, *, stop: tuple[str, ...] = ()) -> Iterator[str]:
    stream = TextStream(tokenizer, prompt=[5], stop=stop)
    for token in tokenizer.encode(text).ids:
        yield stream.add(token)
        if stream.is_stopped:
            return
    yield stream.end()


@pytest.mark.parametrize("text", ["The capital of Norway", "naïve — 東京 🚂 done", "\n\n  two  spaces "])
def test_pieces_make_the_text_and_hold_whole_characters(tokenizer: Tokenizer, text: str) -> None:
    pieces = list(_pieces(tokenizer, text))
    assert "".join(pieces) == text
    assert all("\ufffd" not in piece for piece in pieces)


def test_what_may_begin_a_stop_sequence_is_held_back_until_it_is_none(tokenizer: Tokenizer) -> None:
    assert "".join(_pieces(tokenizer, "one STO two", stop=("STOP",))) == "one STO two"
    assert "".join(_pieces(tokenizer, "one STOP two", stop=("two", "STOP"))) == "one "
    assert "".join(_pieces(tokenizer, "ends with STO", stop=("STOP",))) == "ends with STO"


def test_bytes_that_make_no_character_become_a_replacement(tokenizer: Tokenizer) -> None:
    first_byte = tokenizer.encode("🚂").ids[0]
    stream = TextStream(tokenizer, prompt=[5], stop=())
    assert stream.add(first_byte) == ""
    assert stream.end() == "\ufffd"
