"""Datasets and their versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.body_limits import of_upload
from trainyard.api.etags import IF_MATCH, etag_headers, expected_revision
from trainyard.api.pagination import filters, paginate
from trainyard.api.parsers import DecodingMultiPartParser
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.uploads import HashedFile, HashingUploadHandler
from trainyard.api.v1.datasets.serializers import (
    DatasetChangeSerializer,
    DatasetCreateSerializer,
    DatasetDetailSerializer,
    DatasetDifferenceSerializer,
    DatasetFilterSerializer,
    DatasetPageSerializer,
    DatasetPreviewSerializer,
    DatasetSerializer,
    DatasetUploadSerializer,
    DatasetVersionPageSerializer,
    DatasetVersionSerializer,
    DatasetVersionSummarySerializer,
    DifferenceFilterSerializer,
)
from trainyard.api.views import TrainyardView
from trainyard.core.storage_full import raising_storage_full
from trainyard.core.time import database_now
from trainyard.datasets import operations, queries
from trainyard.datasets.difference import difference
from trainyard.datasets.models import DatasetVersion
from trainyard_spec.tasks import Task

VERSIONS_SHOWN = 50


class DatasetsView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read", "POST": "datasets.write"}

    @extend_schema(
        operation_id="listDatasets",
        parameters=[*PAGE_PARAMETERS, DatasetFilterSerializer],
        responses=DatasetPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Datasets, newest first, each with its newest version."""
        page = paginate(queries.datasets(**filters(DatasetFilterSerializer, request)), request)
        return Response(page.body(DatasetSerializer(page.rows, many=True, context=seen_by(self)).data))

    @extend_schema(
        operation_id="createDataset",
        request=DatasetCreateSerializer,
        responses={201: DatasetSerializer, 200: DatasetSerializer},
    )
    def post(self, request: Request) -> Response:
        """Creates a dataset without versions. A table needs `options.target`, the column to predict.

        If a dataset of this name exists and all its versions were rejected, that dataset is returned (200), with the
        task and options given now.
        """
        body = validated(DatasetCreateSerializer, request.data)
        dataset = operations.create_dataset(
            name=body["name"],
            task=Task(body["task"]),
            options=body.get("options", {}),
            actor=self.actor.name,
            now=database_now(),
        )
        code = status.HTTP_200_OK if dataset.versions_count else status.HTTP_201_CREATED
        return Response(DatasetSerializer(dataset, context=seen_by(self)).data, status=code)


class DatasetView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read", "PATCH": "datasets.write", "DELETE": "datasets.write"}

    @extend_schema(operation_id="getDataset", responses=DatasetDetailSerializer)
    def get(self, request: Request, dataset_id: str) -> Response:
        """One dataset with its newest versions."""
        dataset = queries.dataset(dataset_id=dataset_id)
        versions = queries.versions(dataset_id=dataset_id).order_by("-number")[:VERSIONS_SHOWN]
        shown = DatasetVersionSummarySerializer(versions, many=True, context=seen_by(self)).data
        body = {**DatasetSerializer(dataset, context=seen_by(self)).data, "versions": shown}
        return Response(body, headers=etag_headers(dataset.revision))

    @extend_schema(
        operation_id="renameDataset",
        parameters=[IF_MATCH],
        request=DatasetChangeSerializer,
        responses=DatasetSerializer,
    )
    def patch(self, request: Request, dataset_id: str) -> Response:
        """Renames the dataset; its versions and the jobs on them are not affected."""
        dataset = operations.rename_dataset(
            dataset_id=dataset_id,
            name=validated(DatasetChangeSerializer, request.data)["name"],
            revision=expected_revision(request),
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(DatasetSerializer(dataset, context=seen_by(self)).data, headers=etag_headers(dataset.revision))

    @extend_schema(operation_id="deleteDataset", responses={204: None})
    def delete(self, request: Request, dataset_id: str) -> Response:
        """Deletes the dataset. Running jobs on it continue; its files are deleted within two hours."""
        operations.delete_dataset(dataset_id=dataset_id, actor=self.actor.name, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class DatasetVersionsView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read", "POST": "datasets.write"}
    parser_classes = (DecodingMultiPartParser,)
    body_limits: ClassVar = {"multipart/form-data": of_upload}
    version: DatasetVersion

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before anything reads the body: checking a session's CSRF token already does.
        request.upload_handlers = [HashingUploadHandler(request)]
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="listDatasetVersions", parameters=PAGE_PARAMETERS, responses=DatasetVersionPageSerializer
    )
    def get(self, request: Request, dataset_id: str) -> Response:
        """Versions of a dataset, newest first, without profiles and problems."""
        page = paginate(queries.versions(dataset_id=queries.dataset(dataset_id=dataset_id).id), request)
        return Response(page.body(DatasetVersionSummarySerializer(page.rows, many=True, context=seen_by(self)).data))

    @extend_schema(
        operation_id="createDatasetVersion",
        request={"multipart/form-data": DatasetUploadSerializer},
        responses={201: DatasetVersionSerializer},
    )
    def post(self, request: Request, dataset_id: str) -> Response:
        """Uploads a file as the dataset's next version.

        The version is `validating` until it is `ready` or `rejected`.
        """
        operations.add_version(self.version, actor=self.actor.name, now=database_now())
        return Response(
            DatasetVersionSerializer(self.version, context=seen_by(self)).data, status=status.HTTP_201_CREATED
        )

    @contextmanager
    def prepared_post(self, request: Request, dataset_id: str) -> Iterator[None]:
        file: HashedFile = validated(DatasetUploadSerializer, request.data)["file"]
        upload = operations.Upload(
            path=Path(file.temporary_file_path()), filename=file.name or "", bytes=file.size or 0, sha256=file.sha256
        )
        with (
            file,
            raising_storage_full(),
            operations.stored_version(dataset_id=dataset_id, upload=upload, now=database_now()) as self.version,
        ):
            yield


class DatasetVersionView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    @extend_schema(operation_id="getDatasetVersion", responses=DatasetVersionSerializer)
    def get(self, request: Request, dataset_id: str, version: str) -> Response:
        """One version, by id or number, with its profile or its problems."""
        found = queries.version(dataset_id=dataset_id, version=version)
        return Response(DatasetVersionSerializer(found, context=seen_by(self)).data)


class DatasetPreviewView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    @extend_schema(operation_id="previewDatasetVersion", responses=DatasetPreviewSerializer)
    def get(self, request: Request, dataset_id: str, version: str) -> Response:
        """The first rows of a table, or a few images, as training reads them."""
        return Response(queries.preview(dataset_id=dataset_id, version_id=version))


class DatasetDifferenceView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    @extend_schema(
        operation_id="diffDatasetVersions",
        parameters=[DifferenceFilterSerializer],
        responses=DatasetDifferenceSerializer,
    )
    def get(self, request: Request, dataset_id: str, version: str) -> Response:
        """Compares a version with another of the same dataset: rows, classes, columns."""
        wanted = filters(DifferenceFilterSerializer, request)
        found = difference(dataset_id=dataset_id, version=version, before=wanted["from"])
        return Response(DatasetDifferenceSerializer(found, context=seen_by(self)).data)
