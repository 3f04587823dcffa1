"""The architecture catalogue, and the schema of a training spec."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.v1.architectures.serializers import ArchitecturePageSerializer, ArchitectureSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import NotFound
from trainyard_spec.architectures import ARCHITECTURES, ArchitectureConfig
from trainyard_spec.training import TrainingSpec


class ArchitecturesView(TrainyardView):
    actions: ClassVar = {"GET": "catalogue.read"}

    @extend_schema(operation_id="listArchitectures", responses=ArchitecturePageSerializer)
    def get(self, request: Request) -> Response:
        """All architectures of the catalogue."""
        return Response({"data": [_body(name, config) for name, config in ARCHITECTURES.items()], "next_cursor": None})


class ArchitectureView(TrainyardView):
    actions: ClassVar = {"GET": "catalogue.read"}

    @extend_schema(operation_id="getArchitecture", responses=ArchitectureSerializer)
    def get(self, request: Request, name: str) -> Response:
        """One architecture, with the JSON Schema and defaults of its hyperparameters."""

        if name not in ARCHITECTURES:
            raise NotFound(f"There is no architecture {name}.", hint=f"There are {', '.join(ARCHITECTURES)}.")
        return Response(_body(name, ARCHITECTURES[name]))


class SpecSchemaView(TrainyardView):
    actions: ClassVar = {"GET": "catalogue.read"}

    @extend_schema(operation_id="getSpecSchema", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """JSON Schema of a training spec, for forms and editors."""
        return Response(TrainingSpec.model_json_schema())


def _body(name: str, config: type[ArchitectureConfig]) -> dict[str, Any]:
    return {
        "name": name,
        "title": config.title,
        "summary": config.summary,
        "tasks": config.tasks,
        "hyperparameters": config.model_json_schema(),
        "defaults": config(name=name).model_dump(mode="json"),
    }
