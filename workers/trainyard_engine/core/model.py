"""A model in memory: its configuration, its network, and what stands around it."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.precision import Compute
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.text.tokenizer import Reader
from trainyard_engine.tasks.handler import Encoder, Hedging, Objective, Preprocessing
from trainyard_spec.architectures.vit import VitStem
from trainyard_spec.base import WireModel
from trainyard_spec.datasets import AnyProfile
from trainyard_spec.training import TrainingSpec


class NetworkForm(WireModel):
    """What a release builds of a spec where earlier ones built something else; they said nothing, and the defaults do.

    ``logits`` are the outputs of a classifier for each example, None: one for each class. ``has_pooler``: a pretrained
    encoder has its pooler, which nothing reads. ``patch_size`` is the spec's or what the images' size led to, None: the
    spec's. ``stem`` is how patches are read, None: they are cut. ``has_calendar``: a table's dates have features of the
    cycles that ``coverage`` names. ``has_own_base``: the adapters of a language model are trained on the weights of a
    model that it starts from, and a finished model has them added to these.
    """

    logits: int | None = None
    has_pooler: bool = True
    patch_size: int | None = None
    stem: VitStem | None = None
    has_calendar: bool = False
    has_own_base: bool = False


class ModelConfig(WireModel):
    """``config.json``: how to build the network and how to turn inputs into numbers and back.

    ``shift``, ``scale`` and ``fill`` are per channel or per numeric column, in stored order; see ``Statistics``.
    ``class_weights`` are those of the training loss, empty where all rows count alike. ``coverage`` is None in those of
    earlier releases, and where inputs have nothing that can be unknown.
    """

    format: Literal[1] = 1
    spec: TrainingSpec
    classes: tuple[str, ...]
    profile: AnyProfile
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...]
    target_mean: float
    target_std: float
    target_change: float = 0.0
    targets_mean: tuple[float, ...] = ()
    targets_std: tuple[float, ...] = ()
    class_weights: tuple[float, ...] = ()
    coverage: Coverage | None = None
    form: NetworkForm = NetworkForm()

    @property
    def statistics(self) -> Statistics:
        return Statistics(
            shift=self.shift,
            scale=self.scale,
            fill=self.fill,
            target_mean=self.target_mean,
            target_std=self.target_std,
            target_change=self.target_change,
            targets_mean=self.targets_mean,
            targets_std=self.targets_std,
        )


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network with what surrounds it, on its device. ``is_sharded``: this process holds parts of it alone."""

    config: ModelConfig
    network: nn.Module
    preprocessing: Preprocessing
    encoder: Encoder
    objective: Objective
    compute: Compute
    is_sharded: bool = False

    @property
    def tokenizer(self) -> Reader | None:
        return self.preprocessing.tokenizer

    def outputs(self, raw: tuple[Tensor, ...]) -> Tensor:
        """Float32 (batch, …) for stored arrays' rows on the device: the network's, or, of unknown inputs, hedged."""
        outputs = self._asked(raw)
        if not isinstance(self.encoder, Hedging):
            return outputs
        with torch.inference_mode():
            return self.encoder.hedged(raw, outputs, ask=self._asked, objective=self.objective)

    def _asked(self, raw: tuple[Tensor, ...]) -> Tensor:
        # What is gathered in inference mode could not be gathered again to be trained.
        with torch.no_grad() if self.is_sharded else torch.inference_mode(), self.compute.autocast():
            outputs: Tensor = self.network(self.encoder(raw))
        return outputs.float()
