"""The model that a training starts from (``init_from``): read, held against spec and data, and taken over."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.coverage import MISSING
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input, refuse
from trainyard_engine.core.fine_tuning import FineTuning, head_names, names_in, take_over
from trainyard_engine.core.model import LoadedModel, NetworkForm
from trainyard_engine.core.model_directory import Lineage, StoredModel, context_of, read_model
from trainyard_engine.core.precision import Compute
from trainyard_engine.generation.export import merged_weights
from trainyard_engine.generation.imported_adapters import whole_model
from trainyard_engine.models.causal_lm import CausalLm, are_adapters
from trainyard_engine.tasks.handler import Inheritance, PreparedData
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.datasets import CategoricalColumn, NumericColumn, TableProfile
from trainyard_spec.fine_tuning import tuning_of
from trainyard_spec.start_rules import (
    StartingForm,
    StartingModel,
    is_adapted_language_model,
    keeps_head,
    start_violations,
)
from trainyard_spec.training import TrainingSpec


@dataclass(frozen=True, slots=True)
class WarmStart:
    """A finished ``model`` that is trained on by ``spec``."""

    spec: TrainingSpec
    model: StoredModel
    keeps_head: bool

    @property
    def weights_sha256(self) -> str:
        return self.model.manifest.weights_sha256

    @property
    def inheritance(self) -> Inheritance:
        preprocessing = self.model.preprocessing
        if preprocessing.base:
            preprocessing = replace(preprocessing, base=replace(preprocessing.base, is_start=True))
        return Inheritance(preprocessing, self.keeps_head, self.model.weights)

    @property
    def lineage(self) -> Lineage:
        parent = self.model.manifest.init_from
        return Lineage(
            model=self.spec.init_from or "",
            weights_sha256=self.weights_sha256,
            head="kept" if self.keeps_head else "new",
            ancestors=(parent.weights_sha256, *parent.ancestors) if parent else (),
        )

    def form(self, form: NetworkForm) -> NetworkForm:
        """``form``, which this release would build, where the model has another."""
        own = self.model.config.form
        changed = {
            "has_pooler": own.has_pooler,
            "patch_size": own.patch_size or form.patch_size,
            "stem": own.stem,
            "has_calendar": own.has_calendar,
            "has_own_base": is_adapted_language_model(self.spec) and not are_adapters(self.model.weights),
        }
        return form.model_copy(update=changed | ({"logits": own.logits} if self.keeps_head else {}))

    def into(self, model: LoadedModel, prepared: PreparedData) -> FineTuning:
        """Makes the model's weights the first ones of ``model``, and says how these learn. Raises ``EngineFault``."""
        if isinstance(model.network, CausalLm):
            is_merged = are_adapters(self.model.weights) and not model.network.is_adapted
            model.network.begin_with(merged_weights(self.model) if is_merged else self.model.weights)
            return FineTuning()
        tuning = tuning_of(self.spec)
        head = head_names(self.spec, context_of(model.config, model.preprocessing, model.encoder, model.objective))
        fine_tuning = FineTuning(head=head, freeze=tuning.freeze, body_lr=tuning.body_lr)
        without = prepared.carried | (frozenset() if self.keeps_head else head)
        take_over(model.network, self.model.weights, names=self._names(model.compute), without=without)
        fine_tuning.freeze_body(model.network)
        return fine_tuning

    def _names(self, compute: Compute) -> list[str]:
        """Names of the model's weights, in the order of its network."""
        config, preprocessing = self.model.config, self.model.preprocessing
        kind = handler_for(config.spec.task)
        encoder, objective = kind.encoder(config, preprocessing, compute.device), kind.objective(config, preprocessing)
        return names_in(config.spec, context_of(config, preprocessing, encoder, objective))


def read_start(directory: Path | None, spec: TrainingSpec, dataset: Dataset) -> WarmStart | None:
    """The model in ``directory``, or None where ``spec`` starts from none. Raises ``EngineFault``."""
    if spec.init_from is None and directory is None:
        return None
    if spec.init_from is None or directory is None:
        raise invalid_input(
            "The spec names a model in init_from, and the command has no --init-from, or the other way round.",
            code="start_unknown",
            hint="Name the model's directory in --init-from, and its id in init_from: mdl_local is one.",
            field="init_from",
        )
    with whole_model(directory, base=getattr(spec.architecture, "model", None)) as whole:
        model, data = read_model(whole), dataset.compiled
    config = model.config
    form = StartingForm(has_own_base=config.form.has_own_base)
    facts = StartingModel(spec=config.spec, classes=config.classes, profile=config.profile, form=form)
    refuse(start_violations(spec, data, facts))
    return WarmStart(spec, model, keeps_head(spec, data, facts))


def aligned(dataset: Dataset, start: WarmStart | None) -> Dataset:
    """A table's columns and categories in the order in which the model of ``start`` has them; other data as they are.

    Categories that it does not have count as missing.
    """
    own, known = dataset.compiled.profile, start.model.config.profile if start else None
    if not isinstance(own, TableProfile) or not isinstance(known, TableProfile):
        return dataset
    features = dict(dataset.features)
    for name, kind in (("numeric", NumericColumn), ("categorical", CategoricalColumn)):
        names = [column.name for column in own.columns if isinstance(column, kind)]
        order = [names.index(column.name) for column in known.columns if isinstance(column, kind)]
        features[name] = np.asarray(features[name])[:, order]
    of_name = {column.name: column for column in own.columns}
    theirs = [column for column in known.columns if isinstance(column, CategoricalColumn)]
    for place, column in enumerate(theirs):
        same = of_name[column.name]
        assert isinstance(same, CategoricalColumn)  # noqa: S101  the rules have compared the kinds
        features["categorical"][:, place] = _codes(features["categorical"][:, place], same, column)
    profile = own.model_copy(update={"columns": known.columns})
    return replace(dataset, features=features, compiled=dataset.compiled.model_copy(update={"profile": profile}))


def _codes(codes: npt.NDArray[np.int32], own: CategoricalColumn, known: CategoricalColumn) -> npt.NDArray[np.int32]:
    """``codes`` of the categories of ``own`` as those of ``known``."""
    places = {category: place for place, category in enumerate(known.categories)}
    # The last stands for the code of an empty cell, which counts from the end.
    table = np.array([*(places.get(category, MISSING) for category in own.categories), MISSING], dtype=np.int32)
    return table[codes]
