"""Translates texts with a finished network, and judges its translations."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.ragged import padded
from trainyard_engine.modalities.text.generation import Generation, generate, never_generated
from trainyard_engine.modalities.text.known_tokens import known_tokens
from trainyard_engine.modalities.text.tokenizer import END, PADDING
from trainyard_engine.models.seq2seq import Seq2seq
from trainyard_engine.tasks.language_modelling.objective import NextToken, TokenEvaluation
from trainyard_engine.tasks.translation.metrics import Bleu
from trainyard_spec.engine_protocol import ClassReport

TEXTS_AT_ONCE = 64
MOST_LONGER = 50
"""Tokens that a translation may have more than its text (Vaswani et al., 2017, section 6.1)."""


def translate(model: LoadedModel, texts: Sequence[Sequence[int]]) -> list[str]:
    """The translations of token ids, always with the likeliest next token; of texts without a known one, nothing."""
    known = known_tokens(model.preprocessing.writers_tokenizer, model.config.coverage)
    told = [place for place, text in enumerate(texts) if known[text].any()]
    translations = [""] * len(texts)
    for begin in range(0, len(told), TEXTS_AT_ONCE):
        chosen = told[begin : begin + TEXTS_AT_ONCE]
        for place, translation in zip(chosen, _translated(model, [texts[place] for place in chosen]), strict=True):
            translations[place] = translation
    return translations


def _translated(model: LoadedModel, texts: Sequence[Sequence[int]]) -> list[str]:
    network, tokenizer, device = model.network, model.preprocessing.writers_tokenizer, model.compute.device
    assert isinstance(network, Seq2seq)  # noqa: S101  what serves the task
    lengths = np.array([len(text) for text in texts])
    ids = padded(np.concatenate(texts).astype(np.int32), np.cumsum(lengths) - lengths, lengths)
    generations = [Generation([END], min(len(text) + MOST_LONGER, tokenizer.max_length)) for text in texts]

    def next_logits(numbers: Sequence[int], written: Sequence[Sequence[int]]) -> Tensor:
        given = torch.tensor(written, device=device)
        last = network.decode(encoded.of(torch.tensor(numbers, device=device)), given)[:, -1]
        return network.logits(last).float()

    with torch.inference_mode(), model.compute.autocast():
        encoded = network.encode(torch.from_numpy(ids).to(device))
        generate(generations, next_logits, never=never_generated(model.config.coverage))
    return [tokenizer.decode(generation.generated) for generation in generations]


class Translating(NextToken):
    """As for any text that is written; the finished model's own translations are judged too."""

    def evaluation(self, *, final: bool, record: Record | None = None) -> TokenEvaluation:
        return TranslationEvaluation(record) if final else TokenEvaluation(record)


class TranslationEvaluation(TokenEvaluation):
    """Translates every text, ``TEXTS_AT_ONCE`` of them together."""

    def __init__(self, record: Record | None = None) -> None:
        super().__init__(record)
        self._bleu = Bleu()
        self._model: LoadedModel | None = None
        self._waiting: list[tuple[list[int], list[int]]] = []
        self._costs: list[dict[str, Tensor]] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self._costs.append(self.costs(model, batch))
        self._model = model
        self._waiting += zip(texts_in(batch.raw[0]), texts_in(batch.target), strict=True)
        if len(self._waiting) >= TEXTS_AT_ONCE:
            self._judge(model)

    def result(self) -> tuple[dict[str, float], ClassReport | None]:
        """With ``bleu``, from 0 to 1, against the translations as their tokens spell them."""
        if self._model is not None:
            self._judge(self._model)
        metrics, report = super().result()
        return metrics | {"bleu": self._bleu.result()}, report

    def _judge(self, model: LoadedModel) -> None:
        found = translate(model, [text for text, _ in self._waiting])
        expected = [model.preprocessing.writers_tokenizer.decode(tokens) for _, tokens in self._waiting]
        for translation, reference in zip(found, expected, strict=True):
            self._bleu.add(translation, reference)
        if self._record and found:
            costs = {name: torch.cat([part[name] for part in self._costs]).tolist() for name in self._costs[0]}
            self._record(len(found), {"truth": expected, "prediction": found, **costs})
        self._waiting.clear()
        self._costs.clear()


def texts_in(ids: Tensor) -> list[list[int]]:
    """The tokens of each row of (batch, tokens), without padding."""
    return [[token for token in row if token != PADDING] for row in ids.tolist()]
