"""Translates texts with a finished network, and judges its translations."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.ragged import padded
from trainyard_engine.modalities.text.decoding import decode
from trainyard_engine.modalities.text.generation import Decoder, Generation
from trainyard_engine.modalities.text.known_tokens import known_tokens
from trainyard_engine.modalities.text.tokenizer import PADDING
from trainyard_engine.tasks.language_modelling.objective import NextToken, TokenEvaluation
from trainyard_engine.tasks.translation.decoding import never_written, numbers_a_token, translating_decoder
from trainyard_engine.tasks.translation.metrics import Bleu
from trainyard_engine.tasks.translation.requests import TranslationRequest, most_tokens
from trainyard_spec.engine_protocol import ClassReport

TEXTS_AT_ONCE = 64


def translate(
    model: LoadedModel, texts: Sequence[Sequence[int]], requests: Sequence[TranslationRequest] | None = None
) -> list[str]:
    """The translations of token ids, as ``requests`` ask for, or greedily; of texts without a known one, nothing."""
    known = known_tokens(model.preprocessing.writers_tokenizer, model.config.coverage)
    told = [place for place, text in enumerate(texts) if known[text].any()]
    asked = [requests[place] for place in told] if requests else [TranslationRequest(text="")] * len(told)
    translations = [""] * len(texts)
    for place, translation in zip(told, _translated(model, [texts[place] for place in told], asked), strict=True):
        translations[place] = translation
    return translations


def _translated(
    model: LoadedModel, texts: Sequence[Sequence[int]], requests: Sequence[TranslationRequest]
) -> list[str]:
    tokenizer, special = model.preprocessing.writers_tokenizer, model.preprocessing.special_ids
    generations = [
        Generation(
            special.prompt,
            most_tokens(request, len(text), longest=tokenizer.max_length),
            num_beams=request.num_beams,
            length_penalty=request.length_penalty_used,
        )
        for text, request in zip(texts, requests, strict=True)
    ]

    def decoder_of(places: Sequence[int]) -> Decoder:
        lengths = np.array([len(texts[place]) for place in places])
        ids = np.concatenate([texts[place] for place in places]).astype(np.int32)
        source = torch.from_numpy(padded(ids, np.cumsum(lengths) - lengths, lengths, padding=special.padding))
        capacity = max(generations[place].max_new_tokens for place in places)
        return translating_decoder(model, source.to(model.compute.device), capacity=capacity)

    decode(
        generations,
        decoder_of,
        at_once=TEXTS_AT_ONCE,
        numbers_a_token=numbers_a_token(model.network),
        never=never_written(model),
        end=special.end,
        read=[len(text) for text in texts],
    )
    return [tokenizer.decode(generation.generated) for generation in generations]


class Translating(NextToken):
    """As for any text that is written; the finished model's own translations are judged too."""

    def evaluation(self, *, final: bool, record: Record | None = None) -> TokenEvaluation:
        kind = TranslationEvaluation if final else TokenEvaluation
        return kind(record, padding=self.padding)


class TranslationEvaluation(TokenEvaluation):
    """Translates every text, ``TEXTS_AT_ONCE`` of them together."""

    def __init__(self, record: Record | None = None, *, padding: int = PADDING) -> None:
        super().__init__(record, padding=padding)
        self._bleu = Bleu()
        self._model: LoadedModel | None = None
        self._waiting: list[tuple[list[int], list[int]]] = []
        self._costs: list[dict[str, Tensor]] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self._costs.append(self.costs(model, batch))
        self._model = model
        self._waiting += zip(texts_in(batch.raw[0], self._padding), texts_in(batch.target, self._padding), strict=True)
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


def texts_in(ids: Tensor, padding: int = PADDING) -> list[list[int]]:
    """The tokens of each row of (batch, tokens), without ``padding``."""
    return [[token for token in row if token != padding] for row in ids.tolist()]
