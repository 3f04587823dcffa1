"""From texts to token ids, by a vocabulary learnt from the training rows."""

import os
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from trainyard_spec.training import TextSpec

PADDING, UNKNOWN = 0, 1
"""Ids in every vocabulary. Padding stands behind the end of a text and never in it."""
SPECIAL_TOKENS = ["[PAD]", "[UNK]"]
LONGEST_TOKEN = 64
"""Characters of a word, or bytes of a part of one; longer words are cut into pieces. It bounds a vocabulary's size."""
LEAST_COUNT = 2
"""Occurrences in the training rows. What is rarer teaches nothing, but shows a network what unknown words are like."""


class TextTokenizer:
    """A vocabulary with its rules: those of Hugging Face's ``tokenizers``, whose JSON it is written as."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        if tokenizer.truncation is None:
            raise ValueError("it states no longest text")
        self.max_length: int = tokenizer.truncation["max_length"]
        """Most tokens of a text that are kept."""
        self._tokenizer = tokenizer
        # Else a text that spells a special token out would hold it: padding in the middle of a sentence.
        tokenizer.encode_special_tokens = True

    @property
    def vocabulary(self) -> int:
        """How many ids there are."""
        return self._tokenizer.get_vocab_size()

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The ids of all ``texts`` one after the other, int32, and how many each has, int64 (texts,), at least 1.

        A text without any token becomes one unknown token. Raises ``TypeError`` for half a surrogate pair.
        """
        _use_threads()
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ids = [encoding.ids or [UNKNOWN] for encoding in encodings]
        lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
        return np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(lengths.sum())), lengths

    def to_json(self) -> str:
        """The whole of it, as ``tokenizers.Tokenizer.from_file`` reads it too."""
        return self._tokenizer.to_str()

    @classmethod
    def from_json(cls, text: str) -> "TextTokenizer":
        """Raises ``ValueError`` unless ``to_json`` has written ``text``."""
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the library raises nothing more precise
            raise ValueError(f"it is no tokenizer: {error}") from error
        return cls(tokenizer)

    @classmethod
    def fit(cls, spec: TextSpec, texts: Iterable[Sequence[str]]) -> "TextTokenizer":
        """Learns a vocabulary from batches of texts, a function of the texts and ``spec`` alone."""
        _use_threads()
        tokenizer, trainer = _words(spec) if spec.tokenizer == "words" else _byte_pairs(spec)
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.enable_truncation(spec.max_length)
        return cls(tokenizer)


def _words(spec: TextSpec) -> tuple[Tokenizer, trainers.Trainer]:
    """Runs of letters, digits and underscores, and runs of other signs; compatibility forms and case are folded."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL_TOKENS[UNKNOWN]))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.FixedLength(length=LONGEST_TOKEN)]
    )
    return tokenizer, trainers.WordLevelTrainer(
        vocab_size=spec.vocabulary, min_frequency=LEAST_COUNT, special_tokens=SPECIAL_TOKENS, show_progress=False
    )


def _byte_pairs(spec: TextSpec) -> tuple[Tokenizer, trainers.Trainer]:
    """Byte-level byte-pair encoding as in GPT-2 (Radford et al., 2019), every byte in the vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer, trainers.BpeTrainer(
        vocab_size=spec.vocabulary,
        min_frequency=LEAST_COUNT,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST_TOKEN,
        show_progress=False,
    )


def _use_threads() -> None:
    """As many as torch uses; the library reads it once, when it first works. They do not change what comes out."""
    os.environ.setdefault("RAYON_NUM_THREADS", str(torch.get_num_threads()))
