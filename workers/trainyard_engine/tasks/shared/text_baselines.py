"""Baselines of written texts: answers that need no reading and no listening."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text.tokenizer import PADDING
from trainyard_engine.tasks.speech_recognition.metrics import edit_distance
from trainyard_engine.tasks.speech_recognition.objective import Transcription
from trainyard_engine.tasks.translation.metrics import LONGEST, Bleu, bleu_of
from trainyard_engine.tasks.translation.predict import texts_in
from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio

MOST_TOKENS = 20_000_000
"""Of the training part that are counted."""

LOSS = Measure("loss", ratio)
WER = Measure("wer", ratio)
BLEU = Measure("bleu", bleu_of)


class TokenContest(Contest):
    """By what a token costs in the mean, in nats."""

    measure = LOSS
    unit = "blocks of text"

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return np.stack((np.array(told["nats"]), np.array(told["tokens"], dtype=np.float64)), axis=1)

    def rivals(self) -> Iterator[Rival]:
        model, split = self.tested.model, self.tested.split
        size, length = model.objective.evaluation_rows, model.preprocessing.writers_tokenizer.max_length
        train = split.train[: max(1, MOST_TOKENS // length)]
        counts = torch.ones(model.preprocessing.writers_tokenizer.vocabulary, dtype=torch.float64)
        for batch in self.tested.source.batches(train, size=size):
            tokens = batch.target[batch.target != PADDING].cpu()
            counts += torch.bincount(tokens, minlength=len(counts))
        costs = -(counts / counts.sum()).log()
        batches = self.tested.source.batches(split.test, size=size)
        yield self.rival("token_frequencies", (_costs(costs, batch.target.cpu()) for batch in batches), rows=len(train))


def _costs(costs: Tensor, target: Tensor) -> Floats:
    judged = target != PADDING
    return torch.stack(((costs[target] * judged).sum(dim=1), judged.sum(dim=1).double()), dim=1).numpy()


class TranslationContest(Contest):
    """By BLEU."""

    measure = BLEU
    unit = "texts"

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return _bleu_parts(told["prediction"], told["truth"])

    def rivals(self) -> Iterator[Rival]:
        model = self.tested.model
        spell, padding = model.preprocessing.writers_tokenizer.decode, model.preprocessing.special_ids.padding
        batches = self.tested.source.batches(self.tested.split.test, size=model.objective.evaluation_rows)
        parts = (
            _bleu_parts(*([spell(text) for text in texts_in(ids, padding)] for ids in (batch.raw[0], batch.target)))
            for batch in batches
        )
        yield self.rival("copy", parts, rows=0)


def _bleu_parts(found: list[str], truth: list[str]) -> Floats:
    parts = np.zeros((len(found), 2 * LONGEST + 2))
    for row, pair in enumerate(zip(found, truth, strict=True)):
        one = Bleu()
        one.add(*pair)
        parts[row] = one.sums
    return parts


class TranscriptContest(Contest):
    """By the errors per word that was said."""

    measure = WER
    unit = "recordings"

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return _word_errors(told["prediction"], told["truth"])

    def rivals(self) -> Iterator[Rival]:
        split = self.tested.split
        most = Counter(map(self._said, split.train.tolist())).most_common(1)[0][0]
        truth = [self._said(row) for row in split.test.tolist()]
        yield self.rival("most_frequent_transcript", [_word_errors([most] * len(truth), truth)])
        yield self.rival("silence", [_word_errors([""] * len(truth), truth)], rows=0)

    def _said(self, row: int) -> str:
        features, objective = self.tested.dataset.features, self.tested.model.objective
        assert isinstance(objective, Transcription)  # noqa: S101  what recordings with transcripts have
        begin, end = features["transcript_offsets"][row : row + 2].tolist()
        return objective.text_of(torch.from_numpy(np.array(features["transcript"][begin:end])))


def _word_errors(found: list[str], truth: list[str]) -> Floats:
    pairs = ((text.split(), said.split()) for text, said in zip(found, truth, strict=True))
    return np.array([(edit_distance(words, said), len(said)) for words, said in pairs], dtype=np.float64)
