"""A finished model and what it is held against, on the same test examples."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.prediction_notes import quoted
from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows, Split
from trainyard_engine.tasks.handler import ExampleSource
from trainyard_engine.tasks.verdict.measures import Floats, Measure, Tally, even_blocks
from trainyard_spec.training import TrainingSpec
from trainyard_spec.verdicts import Sign, SignCode


@dataclass(frozen=True, slots=True)
class Tested:
    """A finished model with the data it learnt from and is tested on."""

    model: LoadedModel
    dataset: Dataset
    split: Split
    source: ExampleSource

    @property
    def spec(self) -> TrainingSpec:
        return self.model.config.spec


@dataclass(frozen=True, slots=True)
class Rival:
    """A baseline and what it makes of the test examples. See ``Baseline``."""

    name: str
    is_guess: bool
    rows: int
    tally: Tally


class Contest(ABC):
    """How models of one kind are compared. ``unit`` is what its test examples are called."""

    measure: Measure
    unit = "rows"

    def __init__(self, tested: Tested) -> None:
        self.tested = tested
        self.blocks = self._blocks()
        self.tally = Tally(self.blocks)
        self._answers: set[Any] = set()
        self._truths: set[Any] = set()
        self._next = 0

    @abstractmethod
    def parts(self, examples: Rows, told: Columns) -> Floats:
        """What test ``examples`` add to the sums of the measure, from what was told of them."""

    @abstractmethod
    def rivals(self) -> Iterator[Rival]:
        """The baselines, once the model has answered; at least one of them is a guess."""

    def record(self, count: int, told: Columns) -> None:
        """Takes in what the model answered to the next ``count`` test examples."""
        begin, self._next = self._next, self._next + count
        self.tally.add(self.parts(self.tested.split.test[begin : self._next], told))
        for seen, name in ((self._answers, "prediction"), (self._truths, "truth")):
            if len(seen) < 2:
                seen.update(told.get(name, ()))

    def signs(self) -> Iterator[Sign]:
        """What the answers show by themselves."""
        if len(self._answers) == 1 < len(self._truths):
            yield self.one_answer(next(iter(self._answers)))

    def one_answer(self, answer: Any) -> Sign:
        """All test examples got ``answer``, and not all of them should."""
        return Sign(
            code=SignCode.ONE_ANSWER, message=f"It gives the same answer to every test example: {quoted(repr(answer))}."
        )

    def rival(self, name: str, parts: Iterable[Floats], *, rows: int | None = None, is_guess: bool = True) -> Rival:
        """One with these parts of the test examples, in their order; fitted to all training examples unless told."""
        tally = Tally(self.blocks)
        for part in parts:
            tally.add(part)
        return Rival(name, is_guess, len(self.tested.split.train) if rows is None else rows, tally)

    def _blocks(self) -> Rows:
        return even_blocks(len(self.tested.split.test))
