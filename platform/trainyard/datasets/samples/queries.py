"""Reads about what the tenant in context took of the samples."""

from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.samples.catalogue import Sample


def taken(*, sample: Sample) -> DatasetVersion | None:
    """The newest usable version of a dataset that was made of ``sample`` and not deleted since."""
    usable = DatasetVersion.objects.exclude(state=DatasetVersion.State.REJECTED)
    named = usable.filter(filename=sample.filename, dataset__name=sample.title, dataset__task=sample.task)
    return named.filter(dataset__deleted_at=None).order_by("-id").first()
