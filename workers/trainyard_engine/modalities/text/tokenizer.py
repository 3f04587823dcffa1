"""From texts to token ids, by a vocabulary learnt from the training rows."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Encoding, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from trainyard_engine.modalities.text.padding_ids import PADDING as PADDING
from trainyard_engine.modalities.text.padding_ids import exchanged_array, exchanged_id
from trainyard_spec.texts import TextConfig

UNK_ID = 1
"""Id, beside ``PADDING``, in every vocabulary. Padding stands behind the end of a text and never in it."""
SPECIAL_TOKENS = ["[PAD]", "[UNK]"]
END = 2
"""Id, in vocabularies of models that write, of what ends a text. What is written begins after one, too."""
WRITERS_TOKENS = [*SPECIAL_TOKENS, "[END]"]
LONGEST_TOKEN = 64
"""Characters of a word, or bytes of a part of one; longer words are cut into pieces. It bounds a vocabulary's size."""
LEAST_COUNT = 2
"""Occurrences in the training rows. What is rarer teaches nothing, but shows a network what unknown words are like."""


class Reader(Protocol):
    """What turns texts into the ids of tokens, to be read.

    ``max_length`` is the most parts of a text that are read; ``weights`` are those of its tokens by id, or none: then
    all count alike.
    """

    max_length: int

    @property
    def vocabulary(self) -> int: ...

    @property
    def weights(self) -> tuple[float, ...]: ...

    @property
    def special(self) -> frozenset[int]: ...

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]: ...

    def parts(self, text: str) -> list[tuple[int, slice]]: ...

    def to_json(self) -> str: ...


class TextTokenizer:
    """A vocabulary with its rules: those of Hugging Face's ``tokenizers``, whose JSON it is written as."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        if tokenizer.truncation is None:
            raise ValueError("it states no longest text")
        self.max_length: int = tokenizer.truncation["max_length"]
        """Most tokens of a text that are kept."""
        self.padding: int = tokenizer.padding["pad_id"] if tokenizer.padding else PADDING
        """Its own id of padding, which is exchanged with 0: see ``padding_ids``."""
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        # Else a text that spells a special token out would hold it: padding in the middle of a sentence.
        tokenizer.encode_special_tokens = True
        unknown = _unknown_of(tokenizer)
        self.unknown = None if unknown is None else exchanged_id(unknown, self.padding)
        """Id of what stands for parts of a text that the vocabulary lacks, where it names one."""
        # Pretrained models begin and end each text with tokens of their own; learnt vocabularies have none.
        self._frames = tokenizer.post_processor is not None

    @property
    def vocabulary(self) -> int:
        """How many ids there are."""
        return self._tokenizer.get_vocab_size()

    @property
    def weights(self) -> tuple[float, ...]:
        """All its tokens count alike."""
        return ()

    def encode(
        self, texts: Sequence[str], *, whole: bool = False
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The ids of all ``texts`` one after the other, int32, and how many each has, int64 (texts,), at least 1.

        Texts are cut to ``max_length`` unless they are to stay ``whole``. A text without any token becomes one unknown
        token. Raises ``TypeError`` for half a surrogate pair.
        """
        _use_threads()
        tokenizer = self._without_limit if whole else self._tokenizer
        encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=self._frames)
        return self._never_empty(encodings)

    def encode_words(self, words: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The ids of ``words``, each by itself, one after the other, and how many each has, at least 1.

        A byte-level tokenizer of a pretrained model reads each as behind a space, as ``transformers`` has it for texts
        that are split into words.
        """
        _use_threads()
        before = " " if self._frames and isinstance(self._tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel) else ""
        encodings = self._without_limit.encode_batch_fast([before + word for word in words], add_special_tokens=False)
        return self._never_empty(encodings)

    def _never_empty(self, encodings: Sequence[Encoding]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Their ids, one after the other, and how many each has: what has none is unknown."""
        unknown = UNK_ID if self.unknown is None else self.unknown
        ids = [encoding.ids or [exchanged_id(unknown, self.padding)] for encoding in encodings]
        lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
        found = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(lengths.sum()))
        return exchanged_array(found, self.padding), lengths

    @cached_property
    def frame(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids that stand before and behind every text."""
        if not self._frames:
            return (), ()
        bare, framed = (self._without_limit.encode("a", add_special_tokens=added).ids for added in (False, True))
        before = next(at for at in range(len(framed)) if framed[at : at + len(bare)] == bare)
        framing = framed[:before], framed[before + len(bare) :]
        first, last = (tuple(exchanged_id(token, self.padding) for token in part) for part in framing)
        return first, last

    def parts(self, text: str) -> list[tuple[int, slice]]:
        """Every token of the whole ``text``, however long it is: its id, and where in the text it stands."""
        encoding = self._without_limit.encode(text, add_special_tokens=False)
        ids = (exchanged_id(token, self.padding) for token in encoding.ids)
        return [(token, slice(*span)) for token, span in zip(ids, encoding.offsets, strict=True)]

    @property
    def special(self) -> frozenset[int]:
        """Ids that say nothing of a text: padding, what is unknown, beginnings and ends."""
        added = self._tokenizer.get_added_tokens_decoder().items()
        return frozenset(exchanged_id(token, self.padding) for token, entry in added if entry.special)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ``ids``, without special tokens. It is the text that was encoded but for what ``fit`` folds."""
        text: str = self._tokenizer.decode([exchanged_id(token, self.padding) for token in ids])
        return text

    @property
    def characters(self) -> npt.NDArray[np.int64]:
        """How many characters begin in each token, int64 (vocabulary,).

        Raises ``ValueError`` for whole words: what stood between them, and what unknown ones were, is lost.
        """
        spelling = SPELLINGS.get(type(self._tokenizer.pre_tokenizer))
        if spelling is None:
            raise ValueError("whole words do not tell how many characters there were")
        tokens = (self._tokenizer.id_to_token(place) or "" for place in range(len(WRITERS_TOKENS), self.vocabulary))
        return np.array([0, 1, 0, *map(spelling, tokens)], dtype=np.int64)

    @cached_property
    def _without_limit(self) -> Tokenizer:
        copy = Tokenizer.from_str(self.to_json())
        copy.no_truncation()
        copy.no_padding()
        copy.encode_special_tokens = True
        return copy

    def to_json(self) -> str:
        """The whole of it, as ``tokenizers.Tokenizer.from_file`` reads it too; an id of padding only if it is not 0."""
        if self.padding == PADDING:
            return self._tokenizer.to_str()
        copy = Tokenizer.from_str(self._tokenizer.to_str())
        copy.enable_padding(pad_id=self.padding, pad_token=copy.id_to_token(self.padding))
        return copy.to_str()

    @classmethod
    def from_json(cls, text: str) -> "TextTokenizer":
        """Raises ``ValueError`` unless ``to_json`` has written ``text``."""
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the library raises nothing more precise
            raise ValueError(f"it is no tokenizer: {error}") from error
        return cls(tokenizer)

    @classmethod
    def pretrained(cls, text: str, max_length: int, *, padding: int = PADDING) -> "TextTokenizer":
        """One that was learnt elsewhere, cut to ``max_length`` tokens, whose own ``padding`` is exchanged with 0.

        Raises ``ValueError`` for what is none.
        """
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the library raises nothing more precise
            raise ValueError(f"it is no tokenizer: {error}") from error
        tokenizer.no_padding()
        if padding != PADDING:
            if (token := tokenizer.id_to_token(padding)) is None:
                raise ValueError(f"it has no token {padding}, which is to be its padding")
            tokenizer.enable_padding(pad_id=padding, pad_token=token)
        tokenizer.enable_truncation(max_length)
        return cls(tokenizer)

    @classmethod
    def fit(cls, spec: TextConfig, texts: Iterable[Sequence[str]], *, writes: bool = False) -> "TextTokenizer":
        """Learns a vocabulary from batches of texts, a function of the texts, ``spec`` and ``writes`` alone.

        ``writes``: for a model that writes texts, with a token for the end of one and the way back to characters.
        """
        _use_threads()
        tokenizer, trainer = MAKERS[spec.tokenizer](spec, WRITERS_TOKENS if writes else SPECIAL_TOKENS)
        if writes and spec.tokenizer in DECODERS:
            tokenizer.decoder = DECODERS[spec.tokenizer]()
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.enable_truncation(spec.max_length)
        return cls(tokenizer)


def _words(spec: TextConfig, special_tokens: list[str]) -> tuple[Tokenizer, trainers.Trainer]:
    """Runs of letters, digits and underscores, and runs of other signs; compatibility forms and case are folded."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL_TOKENS[UNK_ID]))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.FixedLength(length=LONGEST_TOKEN)]
    )
    return tokenizer, trainers.WordLevelTrainer(
        vocab_size=spec.vocabulary, min_frequency=LEAST_COUNT, special_tokens=special_tokens, show_progress=False
    )


def _characters(spec: TextConfig, special_tokens: list[str]) -> tuple[Tokenizer, trainers.Trainer]:
    """Every character is a token, white space too; compatibility forms and case stay."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL_TOKENS[UNK_ID]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.FixedLength(length=1)
    return tokenizer, trainers.WordLevelTrainer(
        vocab_size=spec.vocabulary, special_tokens=special_tokens, show_progress=False
    )


def _byte_pairs(spec: TextConfig, special_tokens: list[str]) -> tuple[Tokenizer, trainers.Trainer]:
    """Byte-level byte-pair encoding as in GPT-2 (Radford et al., 2019), every byte in the vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer, trainers.BpeTrainer(
        vocab_size=spec.vocabulary,
        min_frequency=LEAST_COUNT,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST_TOKEN,
        show_progress=False,
    )


def _characters_of_bytes(token: str) -> int:
    """How many characters begin in a part of a word, in which each sign stands for a byte of UTF-8."""
    return sum(BYTES[sign] & 0xC0 != 0x80 for sign in token)


MAKERS = {"words": _words, "bpe": _byte_pairs, "characters": _characters}
DECODERS = {"bpe": decoders.ByteLevel, "characters": decoders.Fuse}
"""Words are joined by spaces."""
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTES = {chr(byte): byte for byte in PRINTABLE} | {
    chr(0x100 + place): byte for place, byte in enumerate(sorted({*range(0x100)} - {*PRINTABLE}))
}
"""The byte that each sign of a byte-level token stands for, as in GPT-2's own code: printable ones for themselves."""
SPELLINGS: dict[type, Callable[[str], int]] = {
    pre_tokenizers.ByteLevel: _characters_of_bytes,
    pre_tokenizers.FixedLength: len,
}


def _unknown_of(tokenizer: Tokenizer) -> int | None:
    """That which its own file names, by its text or its place; a vocabulary of all bytes may name none."""
    if isinstance(tokenizer.model, models.Unigram):
        found = json.loads(tokenizer.to_str())["model"].get("unk_id")
    else:
        text = getattr(tokenizer.model, "unk_token", None)
        found = tokenizer.token_to_id(text) if text else None
    return None if found is None else int(found)


def _use_threads() -> None:
    """As many as torch uses; the library reads it once, when it first works. They do not change what comes out."""
    os.environ.setdefault("RAYON_NUM_THREADS", str(torch.get_num_threads()))
