"""The task registry: the inputs, losses, metrics and options of each learning task."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.v1.tasks.serializers import TaskEntryPageSerializer, TaskEntrySerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import NotFound
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.compile_options import ROLES, describe_option
from trainyard_spec.metrics import METRICS, VALIDATION_PREFIX
from trainyard_spec.tasks import Task


class TasksView(TrainyardView):
    actions: ClassVar = {"GET": "catalogue.read"}

    @extend_schema(operation_id="listTasks", responses=TaskEntryPageSerializer)
    def get(self, request: Request) -> Response:
        """All tasks, such as `text_classification`, that datasets and jobs can have."""
        return Response({"data": [_body(task) for task in Task], "next_cursor": None})


class TaskView(TrainyardView):
    actions: ClassVar = {"GET": "catalogue.read"}

    @extend_schema(operation_id="getTask", responses=TaskEntrySerializer)
    def get(self, request: Request, name: str) -> Response:
        """One task: losses, metrics with their direction, splits, column roles and defaults."""
        if name not in list(Task):
            raise NotFound(f"There is no task {name}.", hint=f"There are {', '.join(Task)}.")
        return Response(_body(Task(name)))


def _body(task: Task) -> dict[str, Any]:
    traits = task.traits
    metrics = [METRICS[name] for name in traits.metrics]
    return {
        "name": task,
        "title": traits.title,
        "summary": traits.summary,
        "data_kind": traits.data,
        "input_kind": traits.input,
        "losses": traits.losses,
        "default_loss": traits.losses[0],
        "metrics": [
            {"name": metric.name, "direction": metric.direction, "meaning": metric.meaning} for metric in metrics
        ],
        "default_metric": traits.default_metric,
        "stopping_metrics": [f"{VALIDATION_PREFIX}{name}" for name in traits.watched],
        "splits": traits.splits,
        "default_split": traits.splits[0],
        "sections": traits.sections,
        "roles": [
            {"name": role, "required": role in traits.needs, "description": describe_option(role)}
            for role in ROLES
            if role in traits.options
        ],
        "options": sorted(traits.options),
        "architectures": [name for name, config in ARCHITECTURES.items() if task in config.tasks],
        "recommended": [{"architecture": each.architecture, "rows": each.rows} for each in traits.recommended],
    }
