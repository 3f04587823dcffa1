"""Tags, held against the most frequent one, and against the most frequent one of each word."""

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np

from trainyard_engine.core.prediction_notes import quoted
from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text.tagged import tags_of, words_in
from trainyard_engine.tasks.token_classification.objective import Ids, TaggedWords, Tagging
from trainyard_engine.tasks.verdict.contest import Contest, Rival, Tested
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio
from trainyard_spec.verdicts import Sign, SignCode


def f1_of(sums: Floats) -> Floats:
    """F1 from sums (…, 3): entities told and right, told, and expected; 0 where there are none."""
    found: Floats = 2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)
    return found


ENTITY_F1, ACCURACY = Measure("entity_f1", f1_of), Measure("accuracy", ratio)


class TagContest(Contest):
    """By the F1 of entities, or, of plain tags, by accuracy."""

    unit = "texts"

    def __init__(self, tested: Tested) -> None:
        super().__init__(tested)
        self.measure = ENTITY_F1 if self._objective.tags.types else ACCURACY
        self._tags_seen: dict[str, set[str]] = {"prediction": set(), "truth": set()}

    @property
    def _objective(self) -> Tagging:
        objective = self.tested.model.objective
        assert isinstance(objective, Tagging)  # noqa: S101  what the handler makes
        return objective

    def parts(self, examples: Rows, told: Columns) -> Floats:
        places = {name: place for place, name in enumerate(self._objective.tags.tags)}
        truth, found = ([json.loads(cell) for cell in told[name]] for name in ("truth", "prediction"))
        lengths = np.array([len(tags) for tags in truth])
        expected, taken = (np.array([places[tag] for tags in texts for tag in tags]) for texts in (truth, found))
        return self._judged(expected, taken, lengths)

    def rivals(self) -> Iterator[Rival]:
        dataset, split = self.tested.dataset, self.tested.split
        most = int(np.bincount(tags_of(dataset, split.train)).argmax())
        test = [
            (words, tags_of(dataset, rows).astype(np.int64), lengths)
            for words, lengths, rows in self._texts(split.test)
        ]
        same = (self._judged(truth, np.full(len(truth), most), lengths) for _, truth, lengths in test)
        yield self.rival("majority_tag", same)
        known = self._tag_of_word()
        looked_up = (
            self._judged(truth, np.array([known.get(word, most) for word in words]), lengths)
            for words, truth, lengths in test
        )
        yield self.rival("tag_of_word", looked_up, is_guess=False)

    def one_answer(self, answer: str) -> Sign:
        message = f"It gives every word of the test texts the tag {quoted(answer)}."
        return Sign(code=SignCode.ONE_CLASS, message=message)

    def record(self, count: int, told: Columns) -> None:
        """What is told apart are tags, and not the lists of them."""
        super().record(count, told)
        for name, seen in self._tags_seen.items():
            seen.update(tag for cell in told[name] for tag in json.loads(cell))

    def signs(self) -> Iterator[Sign]:
        found, expected = (self._tags_seen[name] for name in ("prediction", "truth"))
        if len(found) == 1 < len(expected):
            yield self.one_answer(next(iter(found)))

    def _texts(self, rows: Rows) -> Iterator[tuple[list[str], Ids, Rows]]:
        begin = 0
        for words, lengths in words_in(self.tested.dataset, rows):
            yield words, lengths, rows[begin : begin + len(lengths)]
            begin += len(lengths)

    def _tag_of_word(self) -> dict[str, int]:
        """The most frequent tag of each word in training; of several the one met first."""
        dataset, counts = self.tested.dataset, dict[str, Counter[int]]()
        for words, _, rows in self._texts(self.tested.split.train):
            for word, tag in zip(words, tags_of(dataset, rows).tolist(), strict=True):
                counts.setdefault(word, Counter())[tag] += 1
        return {word: found.most_common(1)[0][0] for word, found in counts.items()}

    def _judged(self, truth: Ids, found: Ids, lengths: Ids) -> Floats:
        words = TaggedWords(self._objective.tags, truth, found, lengths)
        if self._objective.tags.types:
            return words.entity_sums()
        hits = np.add.reduceat((truth == found).astype(np.float64), np.cumsum(lengths) - lengths)
        return np.stack((hits, lengths.astype(np.float64)), axis=1)
