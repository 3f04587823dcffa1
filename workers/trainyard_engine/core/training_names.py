"""The name of a training: a hash of all that its weights are a function of."""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from trainyard_engine.core.dataset import Dataset
from trainyard_spec.base import ContractModel
from trainyard_spec.schedules import ConstantSchedule
from trainyard_spec.training import TrainingSpec

FORMER_DEFAULTS: dict[str, Any] = {"epochs": 5, "batch_size": 64, "schedule": ConstantSchedule()}
FORMER_DEFAULTS_OF: dict[str, dict[str, Any]] = {"vit": {"patch_size": 4}}
"""Of the training and, by name, of architectures, before the data decided: names of trainings do not hold them."""


def training_name(spec: TrainingSpec, dataset: Dataset, *, start: str | None = None) -> str:
    """SHA-256 of all that the weights are a function of, beside the machine: same name, same training.

    ``start`` is that of the weights of the model that it starts from, if it does.
    """
    training = _beyond_defaults(spec.training, former=FORMER_DEFAULTS)
    training.pop("checkpoint", None)
    former = FORMER_DEFAULTS_OF.get(spec.architecture.name, {})
    architecture = _beyond_defaults(spec.architecture, former=former)
    decisive = {
        "task": spec.task,
        "architecture": {**spec.architecture.by_first_names(architecture), "name": spec.architecture.name},
        "training": training,
        "split": _beyond_defaults(spec.split),
        "dataset": dataset.sha256,
    }
    if start:
        decisive["init_from"] = start
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def _beyond_defaults(part: ContractModel, *, former: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """What ``part`` says that its defaults, or the ``former`` ones of some fields, do not.

    A field that a later release adds renames no training, and neither does another default.
    """
    defaults = {name: field.get_default(call_default_factory=True) for name, field in type(part).model_fields.items()}
    defaults.update(former)
    stated = {name: getattr(part, name) for name, default in defaults.items() if getattr(part, name) != default}
    added = {name: _added_since(value) for name, value in stated.items() if isinstance(value, ContractModel)}
    return part.model_dump(mode="json", include=set(stated), exclude=added)


def _added_since(part: ContractModel) -> set[str]:
    fields = type(part).model_fields
    return {name for name in part.added if getattr(part, name) == fields[name].default}
