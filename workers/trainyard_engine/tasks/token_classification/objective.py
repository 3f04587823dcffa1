"""Token classification: cross-entropy over tagged tokens, and entity-level F1 as seqeval's default mode has it."""

import json
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.text.tagged import IGNORED
from trainyard_engine.modalities.text.tags import Entities, Flags, TagSet
from trainyard_engine.tasks.shared.class_metrics import ClassCounts, Counts, cross_entropies
from trainyard_engine.tasks.shared.classification import MOST_CLASSES_CROSSED, report_of
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.training import TrainingSpec

LOGITS_AT_ONCE = 1 << 24
"""Numbers a network gives in an evaluation before they are used: 64 MiB of float32."""

Ids = npt.NDArray[np.int64]


class Tagging:
    """Cross-entropy over ``outputs``, logits float32 (batch, tokens, tags).

    Targets are int64 (batch, tokens), ``IGNORED`` at tokens that begin no word.
    """

    def __init__(self, spec: TrainingSpec, tags: Sequence[str], profile: TokenProfile) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self.tags = TagSet(tuple(tags), is_plain=not profile.has_entities)
        self.outputs = len(tags)
        window = spec.training.text.max_length if spec.training.text else 1
        # A word has three tokens or fewer, as a rule.
        tokens = max(window, 3 * profile.longest) if profile.longest > window else window
        self.evaluation_rows = min(max(LOGITS_AT_ONCE // (tokens * self.outputs), 1), EVALUATION_ROWS)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over words, labels smoothed."""
        total = functional.cross_entropy(
            outputs.flatten(0, 1),
            target.flatten(),
            ignore_index=IGNORED,
            label_smoothing=self._smoothing,
            reduction="sum",
        )
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> Tensor:
        """The words."""
        return (target != IGNORED).sum()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy`` over words."""
        judged = target != IGNORED
        return {"accuracy": WeightedSum(((outputs.argmax(dim=2) == target) & judged).sum(), judged.sum())}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "TagEvaluation":
        return TagEvaluation(self.tags, final=final, record=record)

    def logits(self, shares: Tensor) -> Tensor:
        """The outputs of a tag that is as likely as these ``shares`` (tags,)."""
        return shares.clamp(min=1e-30).log()


class TaggedWords:
    """Texts' true tags and those found, one after the other; ``lengths`` are the words of each text."""

    def __init__(self, tags: TagSet, truth: Ids, found: Ids, lengths: Ids) -> None:
        self.truth, self.found, self.lengths = truth, found, lengths
        self._tags = tags

    @cached_property
    def first(self) -> Flags:
        """Which words begin a text."""
        first = np.zeros(len(self.truth), dtype=np.bool_)
        first[np.cumsum(self.lengths) - self.lengths] = True
        return first

    @cached_property
    def expected(self) -> Entities:
        return self._tags.entities(self.truth.astype(np.int32), self.first)

    @cached_property
    def told(self) -> Entities:
        return self._tags.entities(self.found.astype(np.int32), self.first)

    @cached_property
    def right(self) -> Flags:
        """Which of those ``told`` are expected: from the first to the last word, and of the same type."""
        keys = [np.stack(entities, axis=1) for entities in (self.told, self.expected)]
        wide = [key[:, 0] * (len(self.truth) + 1) + key[:, 1] for key in keys]
        kinds = len(self._tags.types)
        found, expected = (number * kinds + key[:, 2] for number, key in zip(wide, keys, strict=True))
        return np.isin(found, expected)

    def entity_counts(self) -> ClassCounts:
        """By type."""
        types = len(self._tags.types)
        rows, taken, hits = (
            np.bincount(kinds, minlength=types)
            for kinds in (self.expected.kind, self.told.kind, self.told.kind[self.right])
        )
        return ClassCounts(rows, taken, hits)

    def entity_sums(self) -> npt.NDArray[np.float64]:
        """Sums over the entities of each text, float64 (texts, 3): told and right, told, and expected."""
        text = np.cumsum(self.first) - 1
        begins = (self.told.begin[self.right], self.told.begin, self.expected.begin)
        counts = [np.bincount(text[begin], minlength=len(self.lengths)) for begin in begins]
        return np.stack(counts, axis=1).astype(np.float64)


class TagEvaluation:
    """Counts tags and entities, and adds up losses; keeps no outputs."""

    def __init__(self, tags: TagSet, *, final: bool, record: Record | None = None) -> None:
        self._tags = tags
        self._is_final = final
        self._record = record
        size = len(tags.tags)
        self._counts, self._entities = ClassCounts.none(size), ClassCounts.none(len(tags.types))
        self._crossed: Counts = np.zeros((size if size <= MOST_CLASSES_CROSSED else 0,) * 2, dtype=np.int64)
        self._loss = 0.0

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target)

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor) -> None:
        """Takes in logits float32 (texts, tokens, tags) with targets int64 (texts, tokens)."""
        outputs, target = outputs.cpu(), target.cpu()
        judged = target != IGNORED
        logits, truth = outputs[judged], target[judged]
        losses, found = cross_entropies(logits, truth), logits.argmax(dim=1)
        words = TaggedWords(self._tags, truth.numpy(), found.numpy(), judged.sum(dim=1).numpy())
        self._loss += losses.sum().item()
        self._counts = self._counts.plus(found, truth)
        if self._tags.types:
            counts = words.entity_counts()
            self._entities = ClassCounts(
                self._entities.rows + counts.rows,
                self._entities.predicted + counts.predicted,
                self._entities.hits + counts.hits,
            )
        if self._is_final and len(self._crossed):
            np.add.at(self._crossed, (truth.numpy(), found.numpy()), 1)
        if self._record:
            self._tell(words, losses)

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """``loss`` per word, ``accuracy`` of words, and those of entities or, of plain tags, ``f1_macro``.

        As seqeval has it, a share of no entities is 0. Finally a report on each type of entities, or each tag.
        """
        counts, tags = self._counts, self._tags
        metrics = {"loss": self._loss / int(counts.rows.sum()), "accuracy": counts.accuracy}
        if not tags.types:
            metrics["f1_macro"] = counts.macro(counts.f1)
            return metrics, report_of(tags.tags, counts, self._crossed) if self._is_final else None
        hits, told, expected = (int(part.sum()) for part in _parts(self._entities))
        metrics |= {
            "entity_precision": hits / max(told, 1),
            "entity_recall": hits / max(expected, 1),
            "entity_f1": 2 * hits / max(told + expected, 1),
        }
        return metrics, report_of(tags.types, self._entities) if self._is_final else None

    def _tell(self, words: TaggedWords, losses: Tensor) -> None:
        assert self._record is not None  # noqa: S101  as its caller has seen
        ends = np.cumsum(words.lengths)[:-1]
        names = np.array(self._tags.tags, dtype=object)
        told = {
            name: [_listed(part) for part in np.split(names[tags], ends)]
            for name, tags in (("truth", words.truth), ("prediction", words.found))
        }
        costs = [float(part.sum()) for part in np.split(losses.numpy(), ends)]
        self._record(len(words.lengths), told | {"nats": costs, "tokens": words.lengths.tolist()})


def _parts(counts: ClassCounts) -> tuple[Counts, Counts, Counts]:
    return counts.hits, counts.predicted, counts.rows


def _listed(tags: npt.NDArray[np.object_]) -> str:
    """As a cell of a table: a type may hold spaces."""
    return json.dumps(tags.tolist(), ensure_ascii=False, separators=(",", ":"))
