"""Models in the form of OpenAI's client: those that can be fine-tuned, and those that were."""

from typing import Any

from django.db.models import Q, QuerySet

from trainyard.api.compat.openai.errors import NoSuchModel
from trainyard.core.errors import NotFound
from trainyard.fine_tuning.names import MODEL_PREFIX, FineTunedName, fine_tuned_name, parse
from trainyard.pools import queries as pools
from trainyard.registry import queries
from trainyard.registry.generation import CAUSAL_LM
from trainyard.registry.models import Model
from trainyard_spec.tasks import Task

OWNED_BY_PLATFORM = "trainyard"


def served_models() -> QuerySet[Model]:
    """Finished models of the tenant that answer here: language models, and those that make embeddings."""
    served = Q(architecture=CAUSAL_LM) | Q(task=Task.SENTENCE_EMBEDDING)
    return queries.models().filter(served).select_related("job__fine_tuning_job", "organization")


def model_of(name: str) -> Model:
    """The finished model by its ``ft:`` name, or by the registry's id. Raises ``NoSuchModel``."""
    wanted = parse(name) or (FineTunedName("", name) if name.startswith(MODEL_PREFIX) else None)
    try:
        found = queries.model(model_id=wanted.model_id) if wanted else None
    except NotFound:
        found = None
    if found is None or (wanted and wanted.base and wanted.base != base_of(found)):
        raise NoSuchModel(f"The model {name} does not exist, or it is not yours.", hint=_hint(name))
    return found


def name_of(model: Model) -> str:
    """The ``ft:`` name; of a model that no fine-tuning job made, with its job's name."""
    made = getattr(model.job, "fine_tuning_job", None) if model.job else None
    suffix = made.suffix if made is not None else model.name
    return fine_tuned_name(base=base_of(model), organization=model.organization.name, suffix=suffix, model_id=model.id)


def base_of(model: Model) -> str:
    """The registered model that it was trained from; of none that is no language model."""
    if model.job is None:
        return model.base
    return str(model.job.spec["architecture"].get("model", model.architecture))


def bodies() -> list[dict[str, Any]]:
    """Bodies of all models: the tenant's own, newest first, then what is registered with any pool."""
    own = [body(each) for each in served_models().order_by("-id")]
    return own + [base_body(name) for name in sorted(pools.registered_models())]


def body(model: Model) -> dict[str, Any]:
    return {
        "id": name_of(model),
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": model.organization_id,
        "model_id": model.id,
        "parent": base_of(model),
    }


def base_body(name: str) -> dict[str, Any]:
    """A base has no date of its own."""
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNED_BY_PLATFORM}


def is_base(name: str) -> bool:
    return name in pools.registered_models()


def _hint(name: str) -> str:
    if is_base(name):
        return "It can be fine-tuned; only fine-tuned models answer here."
    return "GET /models lists them."
