"""Models, their files, and predictions."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.body_limits import ANY_TYPE, of_prediction
from trainyard.api.downloads import blob_response
from trainyard.api.generation_stream import streamed
from trainyard.api.pagination import filters, paginate
from trainyard.api.parsers import DecodingMultiPartParser, FiniteJSONParser
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.jobs.stream import EventStreamNegotiation
from trainyard.api.v1.models import inputs
from trainyard.api.v1.models.serializers import (
    ModelDetailSerializer,
    ModelFilterSerializer,
    ModelPageSerializer,
    ModelSerializer,
    PredictionsSerializer,
    PredictSerializer,
    PredictUploadSerializer,
)
from trainyard.api.v1.models.stream import events
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.registry import operations, predictions, queries, waiting


class ModelsView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(
        operation_id="listModels",
        parameters=[*PAGE_PARAMETERS, ModelFilterSerializer],
        responses=ModelPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Models, newest first; with `init_from` only those trained from that model."""
        page = paginate(queries.models(**filters(ModelFilterSerializer, request)), request)
        return Response(page.body(ModelSerializer(page.rows, many=True, context=seen_by(self)).data))


class ModelView(TrainyardView):
    actions: ClassVar = {"GET": "models.read", "DELETE": "models.write"}

    @extend_schema(operation_id="getModel", responses=ModelDetailSerializer)
    def get(self, request: Request, model_id: str) -> Response:
        """One model."""

        found = queries.model(model_id=model_id)
        return Response(ModelDetailSerializer(found, context=seen_by(self)).data)

    @extend_schema(operation_id="deleteModel", responses={204: None})
    def delete(self, request: Request, model_id: str) -> Response:
        """Deletes the model; its files are deleted within two hours. Its job and the bill remain."""
        operations.delete_model(model_id=model_id, actor=self.actor.name, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ModelFileView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(operation_id="downloadModelFile", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, model_id: str, name: str) -> HttpResponseBase:
        """Content of a file; the `ETag` is its SHA-256. Supports ranges, and may redirect to the store."""
        model = queries.model(model_id=model_id)
        file = queries.file_of(model=model, name=name)
        return blob_response(request, key=f"{model.blob_prefix}/{name}", file=file)


class PredictView(TrainyardView):
    actions: ClassVar = {"POST": "models.predict"}
    idempotent_post = False
    parser_classes = (FiniteJSONParser, DecodingMultiPartParser)
    body_limits: ClassVar = {ANY_TYPE: of_prediction}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(
        operation_id="predict",
        request={"application/json": PredictSerializer, "multipart/form-data": PredictUploadSerializer},
        responses=PredictionsSerializer,
    )
    def post(self, request: Request, model_id: str) -> Any:
        """Runs the model on 1 to 256 inputs and returns the outputs in order. Waits for up to 30 seconds.

        docs/datasets.md describes the inputs of each task. With `stream` a language model answers as server-sent
        events; docs/language-models.md describes them.
        """
        asked, now = inputs.read(request), database_now()
        if asked.streams:
            prediction = predictions.submit(
                model_id=model_id, inputs=asked.inputs, created_by=self.actor.name, streams=True, now=now
            )
            return streamed(request, prediction, actor=self.actor, encode=events)
        answers = waiting.answered(model_id=model_id, inputs=asked.inputs, created_by=self.actor.name, now=now)
        return Response({"predictions": answers})
