"""Reads about models, all of the tenant in context."""

from django.db.models import QuerySet

from trainyard.core.errors import NotFound
from trainyard.registry.models import Model
from trainyard_spec.files import FileEntry


def models() -> QuerySet[Model]:
    """Models that were not deleted, with the dataset version they were trained on, without their class reports."""
    return _kept().defer("class_report")


def model(*, model_id: str) -> Model:
    """Raises ``NotFound``, also for a deleted one."""
    found = _kept().filter(id=model_id).first()
    if found is None:
        raise NotFound("There is no model by that id.")
    return found


def file_of(*, model: Model, name: str) -> FileEntry:
    """The file ``name`` of ``model``. Raises ``NotFound``."""
    for entry in model.files:
        if entry["name"] == name:
            return FileEntry.model_validate(entry)
    raise NotFound(f"This model has no file {name}.")


def _kept() -> QuerySet[Model]:
    return Model.objects.filter(deleted_at=None).select_related("job__dataset_version")
