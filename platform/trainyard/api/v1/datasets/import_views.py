"""Imports: files that the platform downloads into a dataset from a URL."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.datasets.import_serializers import (
    DatasetImportCreateSerializer,
    DatasetImportPageSerializer,
    DatasetImportSerializer,
)
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.datasets import imports, queries


class DatasetImportsView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read", "POST": "datasets.write"}

    @extend_schema(operation_id="listDatasetImports", parameters=PAGE_PARAMETERS, responses=DatasetImportPageSerializer)
    def get(self, request: Request, dataset_id: str) -> Response:
        """Imports into a dataset, newest first."""
        page = paginate(queries.imports_of(dataset_id=queries.dataset_alone(dataset_id=dataset_id).id), request)
        return Response(page.body(DatasetImportSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="createDatasetImport",
        request=DatasetImportCreateSerializer,
        responses={201: DatasetImportSerializer},
    )
    def post(self, request: Request, dataset_id: str) -> Response:
        """Downloads a file from a URL as the dataset's next version, in the background.

        `state` goes from `queued` to `fetching`, while `bytes` of `total_bytes` increases, and then to `finished` with
        the id of the version, which is validated like any other. An interrupted download resumes if the server supports
        ranges.
        """
        body = validated(DatasetImportCreateSerializer, request.data)
        row = imports.create(
            dataset_id=dataset_id,
            url=body["url"],
            filename=body["filename"],
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(DatasetImportSerializer(row).data, status=status.HTTP_201_CREATED)


class DatasetImportView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read", "DELETE": "datasets.write"}

    @extend_schema(operation_id="getDatasetImport", responses=DatasetImportSerializer)
    def get(self, request: Request, dataset_id: str, import_id: str) -> Response:
        """One import, with its progress or the reason why it failed."""
        return Response(DatasetImportSerializer(queries.dataset_import(import_id, dataset_id=dataset_id)).data)

    @extend_schema(operation_id="cancelDatasetImport", responses={204: None})
    def delete(self, request: Request, dataset_id: str, import_id: str) -> Response:
        """Cancels an unfinished import; what it has downloaded is deleted."""
        row = queries.dataset_import(import_id, dataset_id=dataset_id)
        imports.cancel(import_id=row.id, actor=self.actor.name, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
