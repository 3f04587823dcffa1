"""The spec of a fine-tuning job: what its hyperparameters are in the words of ``TrainingSpec``."""

from typing import Any

from trainyard.fine_tuning.models import FineTuningJob
from trainyard.jobs.lifecycle.specs import parse_spec
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.tasks import Task
from trainyard_spec.training import LANGUAGE_MODEL_RATES, PREFERENCE_SHARE, TrainingSpec

AUTO = "auto"
TASKS: dict[str, Task] = {"supervised": Task.INSTRUCTION_TUNING, "dpo": Task.PREFERENCE_TUNING}
"""By the method."""
HYPERPARAMETERS: dict[str, frozenset[str]] = {
    "supervised": frozenset({"n_epochs", "batch_size", "learning_rate_multiplier"}),
    "dpo": frozenset({"n_epochs", "batch_size", "learning_rate_multiplier", "beta"}),
}
MAX_LENGTH = "max_length"
"""Of an example, in tokens; it is kept beside the hyperparameters, of which OpenAI has none of that name."""
UNSPLIT = {"train": 0.9, "val": 0.05, "test": 0.05}
"""Of a training file alone."""


def spec_of(order: FineTuningJob) -> TrainingSpec:
    """Raises ``SpecNotValid`` for a hyperparameter that cannot be."""
    task, asked = TASKS[order.method], order.hyperparameters
    training: dict[str, Any] = {"seed": order.seed}
    if (epochs := asked.get("n_epochs", AUTO)) != AUTO:
        training["epochs"] = epochs
    if (batch := asked.get("batch_size", AUTO)) != AUTO:
        training["batch_size"] = batch
    if (multiplier := asked.get("learning_rate_multiplier", AUTO)) != AUTO:
        share = PREFERENCE_SHARE if task == Task.PREFERENCE_TUNING else 1
        method = CausalLmConfig.model_fields["method"].default
        rate = LANGUAGE_MODEL_RATES[method] * share * float(multiplier)
        training["optimizer"] = {"name": "adamw", "lr": rate, "weight_decay": 0.0}
    tuning = {name: asked[name] for name in ("beta", MAX_LENGTH) if asked.get(name, AUTO) != AUTO}
    if tuning:
        training["tuning"] = tuning
    limits = {"limits": {"max_cost": order.cap}} if order.cap else {}
    resources = {"resources": {"pool": order.pool}} if order.pool else {}
    return parse_spec(
        {
            "name": order.suffix or f"{order.base} {order.method}",
            "dataset": order.trains_on_id,
            "task": task,
            "architecture": {"name": "causal_lm", "model": order.base},
            "training": training,
            "split": {"by": "given"} if order.validation_file_id else UNSPLIT,
            **limits,
            **resources,
        }
    )
