"""Jobs that start from a model (``init_from``): the facts about the model that decide whether they can."""

from datetime import datetime

from pydantic import ValidationError

from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.errors import Conflict, FieldError, NotFound
from trainyard.jobs import operations as jobs
from trainyard.jobs.accounting import quotes
from trainyard.jobs.accounting.quotes import Quote
from trainyard.jobs.lifecycle.starts import JobStart
from trainyard.jobs.models import Job
from trainyard.registry import queries
from trainyard.registry.models import Model
from trainyard_spec.engine_protocol import CONFIG_FILE
from trainyard_spec.files import FileEntry
from trainyard_spec.start_rules import StartingModel
from trainyard_spec.training import TrainingSpec

LARGEST_CONFIG_BYTES = 64 * 2**20
"""Of a model with as many classes and columns as there may be it is smaller."""


class ModelNotTrainable(Conflict):
    """The files of the model cannot be read, so that no job can start from it."""

    code = "model_not_trainable"


def submit(*, spec: TrainingSpec, created_by: str, now: datetime, accept_quote: str | None = None) -> Job:
    """``jobs.operations.submit`` of a spec that may start from a model.

    Raises what that raises, and ``NotFound`` and ``ModelNotTrainable`` for the model.
    """
    start = start_of(spec)
    return jobs.submit(spec=spec, created_by=created_by, now=now, accept_quote=accept_quote, start=start)


def quote(*, spec: TrainingSpec, now: datetime) -> Quote:
    """``quotes.quote`` of a spec that may start from a model. Raises what ``submit`` raises but for the funds."""
    return quotes.quote(spec=spec, now=now, start=start_of(spec))


def measure(*, spec: TrainingSpec, requested_by: str, now: datetime) -> Quote:
    """``quotes.measure``, likewise."""
    return quotes.measure(spec=spec, requested_by=requested_by, now=now, start=start_of(spec))


def start_of(spec: TrainingSpec) -> JobStart | None:
    """The model that ``spec`` starts from, of the tenant in context. Raises ``NotFound`` and ``ModelNotTrainable``."""
    if spec.init_from is None:
        return None
    try:
        model = queries.model(model_id=spec.init_from)
    except NotFound as error:
        error.errors = (FieldError("init_from", error.code, error.message, error.hint),)
        raise
    files = [FileEntry.model_validate(entry) for entry in model.worker_files]
    return JobStart(model.id, model.blob_prefix, tuple(files), _facts(model))


def _facts(model: Model) -> StartingModel:
    try:
        if queries.file_of(model=model, name=CONFIG_FILE).bytes > LARGEST_CONFIG_BYTES:
            raise ValueError("it is too large")
        with blob_store().open(f"{model.blob_prefix}/{CONFIG_FILE}") as file:
            return StartingModel.model_validate_json(file.read())
    except (NotFound, BlobNotFound, ValidationError, ValueError) as error:
        message = f"No job can start from the model {model.id}: its {CONFIG_FILE} cannot be read."
        hint = "Start from another model."
        refusal = FieldError("init_from", ModelNotTrainable.code, message, hint)
        raise ModelNotTrainable(message, hint=hint, errors=(refusal,)) from error
