"""The interface of a task: how its data become batches, what is minimized, how answers are given.

The loop, checkpoints and commands know these protocols and no task.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.core.provenance import Places, Record, places_of
from trainyard_engine.core.split import Rows, Split
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.interactions.item_index import ItemIndex
from trainyard_engine.modalities.series.scales import SeriesScales
from trainyard_engine.modalities.text.special_ids import SpecialIds
from trainyard_engine.modalities.text.tokenizer import Reader, TextTokenizer
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

if TYPE_CHECKING:
    from trainyard_engine.core.model import LoadedModel, ModelConfig
    from trainyard_engine.tasks.verdict.contest import Contest, Tested


class Encoder(Protocol):
    """From a batch's stored arrays to what the network is called with: one value, whatever its type."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example, for ``BuildContext.input_shape``."""
        ...

    def __call__(self, raw: tuple[Tensor, ...]) -> Any: ...


@runtime_checkable
class Hedging(Protocol):
    """An encoder that can tell which inputs training never met, and what is left to say of them."""

    def hedged(
        self, raw: tuple[Tensor, ...], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """The network's ``outputs`` for ``raw``, with others where these would rest on weights that are still random.

        ``ask`` gives the network's outputs for other arrays.
        """
        ...


class ExampleSource(Protocol):
    """Batches of a dataset, on the device, by example number."""

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The examples in the order given, ``size`` at a time and the rest last, beginning with batch ``first``."""
        ...


class Evaluation(Protocol):
    """Gathers what metrics over a whole part of the data need."""

    def add(self, model: "LoadedModel", batch: Batch) -> None:
        """Takes in one batch; the model is in evaluation mode."""
        ...

    def result(self) -> tuple[dict[str, float], ClassReport | None]:
        """Metrics of all that was added, ``loss`` among them, and, of final classifications, a report."""
        ...


class Objective(Protocol):
    """What training minimizes, and how a prediction is judged."""

    outputs: int
    """How many numbers the network gives for an example, or for each of its places."""
    evaluation_rows: int
    """How many examples are judged at once."""

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """What a training step minimizes is its mean; the weight is that of ``target``."""
        ...

    def weight(self, target: Tensor) -> Tensor | float:
        """What the loss of rows with these targets counts, whatever the network's outputs."""
        ...

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """What else a training step tells, left on the device."""
        ...

    def evaluation(self, *, final: bool, record: Record | None = None) -> Evaluation:
        """A new one. ``final``: for the finished model, with those metrics too that cost more than a forward pass.

        What it answers to each example goes to ``record``, in their order.
        """
        ...


@runtime_checkable
class JointObjective(Protocol):
    """An objective whose loss of a row depends on the other rows of its step: it is computed of all of them at once."""

    compares_rows: Literal[True]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is measured on the training examples before the first step, and kept with the model."""

    statistics: Statistics
    tokenizer: Reader | None = None
    item_index: ItemIndex | None = None
    base: PretrainedBackbone | None = None
    scales: SeriesScales | None = None
    coverage: Coverage | None = None

    @property
    def known_tokenizer(self) -> Reader:
        """Tokenizer of a kind of task that has one."""
        assert self.tokenizer is not None  # noqa: S101  as the kind says
        return self.tokenizer

    @property
    def writers_tokenizer(self) -> TextTokenizer:
        """Tokenizer of a kind of task that writes texts."""
        assert isinstance(self.tokenizer, TextTokenizer)  # noqa: S101  as the kind says
        return self.tokenizer

    @property
    def special_ids(self) -> SpecialIds:
        """Special ids of a vocabulary: of a pretrained network its own, else those of all learnt ones."""
        if self.base is None:
            return SpecialIds()
        return SpecialIds.of(self.base.config, unknown=self.writers_tokenizer.unknown)


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a training takes over from the model that it starts from, beside weights: how that reads its inputs.

    ``keeps_head``: it also tells its outputs as that does. ``weights`` are those of its network by name.
    """

    preprocessing: Preprocessing
    keeps_head: bool
    weights: Mapping[str, Tensor] = field(repr=False)

    def scaled(self, statistics: Statistics) -> Statistics:
        """``statistics`` with the model's own scaling of inputs and, with its head, of targets."""
        own = self.preprocessing.statistics
        if self.keeps_head:
            return own
        return replace(statistics, shift=own.shift, scale=own.scale, fill=own.fill)

    def covered(self, coverage: Coverage | None) -> Coverage | None:
        """What either has met, of inputs; None where a model of an earlier release does not say what it met."""
        known = self.preprocessing.coverage
        return None if known is None or coverage is None else known.joined(coverage)


@dataclass(frozen=True, slots=True)
class PreparedData:
    """A dataset made ready for a spec.

    ``split`` numbers examples: what counts as one in training. That is a row of most data, a window of a long series.
    ``warm_start`` sets those first weights of the network that are not drawn, and ``carried`` names those of them that
    come from the model that it starts from, but not one by one by name. ``remarks`` are sentences that a customer is
    told before the first step.
    """

    split: Split
    preprocessing: Preprocessing
    open_source: Callable[[torch.device], ExampleSource]
    warm_start: Callable[[nn.Module], None] = lambda network: None
    remarks: tuple[str, ...] = ()
    carried: frozenset[str] = frozenset()


class TaskHandler(Protocol):
    """One module each, behind the table in ``trainyard_engine.tasks.registry``."""

    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        """Splits and measures ``dataset``, or, with ``preprocessing``, splits alone. Raises ``EngineFault``.

        ``start`` is what it takes over from a model, of the tasks in ``STARTED`` of the contract.
        """
        ...

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """What tells where examples of ``dataset`` come from."""
        ...

    def encoder(self, config: "ModelConfig", preprocessing: Preprocessing, device: torch.device) -> Encoder: ...

    def objective(self, config: "ModelConfig", preprocessing: Preprocessing) -> Objective: ...

    def contest(self, tested: "Tested") -> "Contest":
        """What a finished model is held against."""
        ...

    def predict(self, model: "LoadedModel", inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        """One answer per input, at least one. Raises ``EngineFault`` for an input that cannot be read.

        What the answers rest on less firmly than it seems is written into ``notes``.
        """
        ...


class RowHandler:
    """A kind whose examples are the rows of its data."""

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        return places_of(dataset)
