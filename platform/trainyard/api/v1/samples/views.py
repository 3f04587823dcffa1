"""Sample datasets, for somebody who has no file at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.v1.datasets.serializers import DatasetVersionSerializer
from trainyard.api.v1.samples.serializers import SamplesSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.storage_full import telling_storage_full
from trainyard.core.time import database_now
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.samples import operations, queries
from trainyard.datasets.samples.catalogue import SAMPLES, sample


class SamplesView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    @extend_schema(operation_id="listSamples", responses=SamplesSerializer)
    def get(self, request: Request) -> Response:
        """Sample datasets that any organization may take: made by code, free to use and to pass on."""
        return Response(SamplesSerializer({"data": list(SAMPLES.values())}).data)


class SampleView(TrainyardView):
    actions: ClassVar = {"POST": "datasets.write"}
    takes_body = False
    stored: DatasetVersion | None

    @extend_schema(
        operation_id="takeSample",
        request=None,
        responses={201: DatasetVersionSerializer, 200: DatasetVersionSerializer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Makes a dataset of a sample, with a version that is checked like any upload.

        One that the organization has already is answered as it is (200).
        """
        wanted = sample(name)
        if self.stored is None:
            found = queries.taken(sample=wanted)
        else:
            found = operations.take(sample=wanted, stored=self.stored, actor=self.actor.name, now=database_now())
        is_new = self.stored is not None and found is self.stored
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(DatasetVersionSerializer(found, context=seen_by(self)).data, status=code)

    @contextmanager
    def prepared_post(self, request: Request, name: str) -> Iterator[None]:
        wanted, self.stored = sample(name), None
        if queries.taken(sample=wanted) is not None:
            yield
            return
        with telling_storage_full(), operations.stored_sample(sample=wanted, now=database_now()) as self.stored:
            yield
