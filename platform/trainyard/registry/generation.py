"""Generation with language models: which requests a model supports, and which workers can serve it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from trainyard.core.errors import FieldError, InvalidInput
from trainyard.pools import queries as pools
from trainyard.pools.models import Pool
from trainyard.registry.models import Model, Prediction
from trainyard_spec.generation import GenerationInput
from trainyard_spec.worker_protocol import GenerationTerms

CAUSAL_LM = "causal_lm"
Wanted = Literal["text", "embedding"]


class NoLanguageModel(InvalidInput):
    """Only language models can stream text; embeddings need one, or a sentence embedding model."""

    code = "no_language_model"


def writes(model: Model) -> bool:
    """Whether ``model`` is a causal language model."""
    return model.architecture == CAUSAL_LM


def base_of(model: Model) -> str:
    """The registered model that a worker has to hold; empty where the model has all of its own weights."""
    if model.job is None:
        return model.base
    architecture: dict[str, Any] = model.job.spec["architecture"]
    # Until adapters could start from a model with all of its weights, nothing was noted, and each had a base.
    has_base = model.job.start is None or model.job.start.get("is_adapters", True)
    return str(architecture["model"]) if architecture.get("method") == "lora" and has_base else ""


def pool_of(model: Model, *, now: datetime) -> Pool | None:
    """Where ``model`` is asked: the pool of its job or, of one that was imported, one whose workers hold its base."""
    if model.job is None:
        return pools.pool_holding(model.base, task=model.task, now=now)
    return model.job.pool


def check_generation_inputs(inputs: list[Any]) -> None:
    """Raises ``InvalidInput`` for the first that is neither a prompt nor an object of ``GenerationInput``."""
    for number, value in enumerate(inputs):
        try:
            GenerationInput.model_validate({"prompt": value} if isinstance(value, str) else value)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(["inputs", str(number), *map(str, first["loc"][:1])])
            message = f"Input {number} cannot be read: {first['msg']}."
            raise InvalidInput(message, errors=(FieldError(field, "invalid", message),)) from error


def terms_of(prediction: Prediction) -> GenerationTerms | None:
    """What a worker is told; adapters of one organization and one base share a process."""
    model = prediction.model
    if not writes(model):
        return None
    key = f"{model.organization_id}/{prediction.base}" if prediction.base else model.id
    return GenerationTerms(
        serving_key=key,
        base=prediction.base or None,
        streams=prediction.streams,
        wanted="embedding" if prediction.wanted == "embedding" else "text",
    )
