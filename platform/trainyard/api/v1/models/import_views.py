"""Import of adapters as models."""

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
from trainyard.api.parsers import DecodingMultiPartParser
from trainyard.api.serializers import validated
from trainyard.api.uploads import HashedFile, HashingUploadHandler
from trainyard.api.v1.models.serializers import AdapterUploadSerializer, ModelSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.storage_full import raising_storage_full
from trainyard.core.time import database_now
from trainyard.registry import imports
from trainyard.registry.models import Model


class ModelImportView(TrainyardView):
    actions: ClassVar = {"POST": "models.write"}
    parser_classes = (DecodingMultiPartParser,)
    body_limits: ClassVar = {"multipart/form-data": of_upload}
    model: Model

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before anything reads the body: checking a session's CSRF token already does.
        request.upload_handlers = [HashingUploadHandler(request)]
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="importModel",
        request={"multipart/form-data": AdapterUploadSerializer},
        responses={201: ModelSerializer},
    )
    def post(self, request: Request) -> Response:
        """Registers a LoRA adapter in peft's layout, to start jobs from (`init_from`) and for predictions.

        Whether its layers match the base model is checked by the first worker that loads it.
        """
        imports.add_adapter(self.model, actor=self.actor.name, now=database_now())
        return Response(ModelSerializer(self.model, context=seen_by(self)).data, status=status.HTTP_201_CREATED)

    @contextmanager
    def prepared_post(self, request: Request) -> Iterator[None]:
        asked = validated(AdapterUploadSerializer, request.data)
        file: HashedFile = asked["file"]
        upload = imports.AdapterUpload(Path(file.temporary_file_path()), base=asked["base"], name=asked["name"])
        with file, raising_storage_full(), imports.stored_adapter(upload=upload, now=database_now()) as self.model:
            yield
