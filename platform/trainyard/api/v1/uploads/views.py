"""Resumable uploads of datasets by the tus 1.0 protocol."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trainyard.api.body_limits import of_upload
from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.uploads import too_large
from trainyard.api.v1.uploads import protocol
from trainyard.api.v1.uploads.serializers import (
    UploadMetadataSerializer,
    UploadPageSerializer,
    UploadSerializer,
)
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.datasets import operations, queries, receiving, uploads
from trainyard.datasets.models import ResumableUpload
from trainyard_spec.tasks import Task

OVERRIDABLE = frozenset({"PATCH", "DELETE", "HEAD"})


def _header(name: str, description: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


TUS = _header("Tus-Resumable", "`1.0.0`.")
CHECKSUM = _header(
    "Upload-Checksum", f"Algorithm ({', '.join(protocol.ALGORITHMS)}) and base64 of the body's digest.", required=False
)
BODY: dict[Any, Any] = {(protocol.MEDIA_TYPE): {"type": "string", "format": "binary"}}


class TusView(TrainyardView):
    """Base of the tus views."""

    idempotent_post: ClassVar[bool] = False
    streamed_types: ClassVar = frozenset({protocol.MEDIA_TYPE})
    body_limits: ClassVar = {protocol.MEDIA_TYPE: of_upload}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        override = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and override in OVERRIDABLE:
            request.method = override
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Tus-Resumable"] = protocol.VERSION
        if response.status_code == status.HTTP_412_PRECONDITION_FAILED:
            response.headers["Tus-Version"] = protocol.VERSION
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "OPTIONS":
            APIView.initial(self, request, *args, **kwargs)  # nobody needs to be known
            return
        super().initial(request, *args, **kwargs)
        if request.method in {"POST", *OVERRIDABLE}:
            protocol.check_version(request)

    def get_permissions(self) -> list[BasePermission]:
        # What the protocol offers is no secret.
        return [] if self.request.method == "OPTIONS" else super().get_permissions()  # type: ignore[return-value]

    @extend_schema(exclude=True)
    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Tus-Version": protocol.VERSION,
            "Tus-Extension": protocol.EXTENSIONS,
            "Tus-Max-Size": str(settings.ENVIRONMENT.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(protocol.ALGORITHMS),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    def received(self, request: Request, upload_id: str, *, offset: int) -> ResumableUpload:
        """The upload, with the body of ``request`` added at ``offset``."""
        return receiving.receive(
            upload_id=upload_id,
            offset=offset,
            chunks=protocol.chunks_of(request),
            checksum=protocol.checksum_of(request),
            clock=database_now,
        )


class UploadsView(TusView):
    actions: ClassVar = {"GET": "datasets.read", "POST": "datasets.write"}

    @extend_schema(operation_id="listUploads", parameters=PAGE_PARAMETERS, responses=UploadPageSerializer)
    def get(self, request: Request) -> Response:
        """Resumable uploads, newest first."""
        page = paginate(queries.uploads(), request)
        return Response(page.body(UploadSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="createUpload",
        parameters=[
            TUS,
            _header("Upload-Length", "Size of the file in bytes."),
            _header(
                "Upload-Metadata",
                "`filename` with `dataset`, an existing dataset's id, or with `name`, `task` and "
                "`options` (JSON) of a new one. Values in base64, pairs separated by commas.",
            ),
            CHECKSUM,
        ],
        request=BODY,
        responses={201: UploadSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begins a resumable upload by [tus 1.0](https://tus.io/protocols/resumable-upload), for any tus client.

        Send the bytes to `Location`; a body of type `application/offset+octet-stream` already contains the first ones.
        The last byte creates the dataset's next version, whose id is in the response header
        `Trainyard-Dataset-Version`.
        """
        length = protocol.number_in(request, "Upload-Length")
        if length > settings.ENVIRONMENT.max_upload_bytes:
            raise too_large(settings.ENVIRONMENT.max_upload_bytes)
        protocol.checksum_of(request)
        upload = self._create(request, length)
        if request.content_type.partition(";")[0].strip() == protocol.MEDIA_TYPE and length:
            upload = self.received(request, upload.id, offset=0)
        location = request.build_absolute_uri(reverse("upload", kwargs={"upload_id": upload.id}))
        headers = {"Location": location, **protocol.headers_of(upload)}
        return Response(UploadSerializer(upload).data, status=status.HTTP_201_CREATED, headers=headers)

    @transaction.atomic
    def _create(self, request: Request, length: int) -> ResumableUpload:
        metadata: dict[str, Any] = dict(protocol.metadata_of(request))
        if "options" in metadata:
            metadata["options"] = protocol.options_in(metadata)
        wanted = validated(UploadMetadataSerializer, metadata)
        now, actor = database_now(), self.actor.name
        operations.check_room(length)
        dataset_id = wanted.get("dataset")
        if dataset_id is None:
            options = wanted.get("options", {})
            dataset_id = operations.create_dataset(
                name=wanted["name"], task=Task(wanted["task"]), options=options, actor=actor, now=now
            ).id
        return uploads.create(dataset_id=dataset_id, filename=wanted["filename"], length=length, actor=actor, now=now)


class UploadView(TusView):
    actions: ClassVar = {"GET": "datasets.read", "PATCH": "datasets.write", "DELETE": "datasets.write"}

    @extend_schema(operation_id="getUpload", responses=UploadSerializer)
    def get(self, request: Request, upload_id: str) -> Response:
        """Progress of an upload; `HEAD`, which tus clients use, returns the same headers."""
        upload = queries.upload(upload_id)
        uploads.check_unexpired(upload, now=database_now())
        return Response(UploadSerializer(upload).data, headers=protocol.headers_of(upload))

    @extend_schema(
        operation_id="addToUpload",
        parameters=[TUS, _header("Upload-Offset", "Offset of the body in the file, as `HEAD` returns it."), CHECKSUM],
        request=BODY,
        responses={204: OpenApiResponse(description="`Upload-Offset` is the next offset.")},
    )
    def patch(self, request: Request, upload_id: str) -> Response:
        """Appends bytes. After a lost connection, `HEAD` tells the offset at which to continue."""
        protocol.check_media_type(request)
        upload = self.received(request, upload_id, offset=protocol.number_in(request, "Upload-Offset"))
        return Response(status=status.HTTP_204_NO_CONTENT, headers=protocol.headers_of(upload))

    @extend_schema(operation_id="deleteUpload", parameters=[TUS], responses={204: None})
    def delete(self, request: Request, upload_id: str) -> Response:
        """Cancels an unfinished upload and deletes its bytes."""
        uploads.delete(upload_id=upload_id, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
