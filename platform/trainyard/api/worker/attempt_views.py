"""Worker calls about an attempt that was assigned to it, in the scope of the attempt's tenant."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_upload
from trainyard.api.downloads import blob_response
from trainyard.api.numbers import whole_number
from trainyard.api.uploads import upload_chunks
from trainyard.api.worker.views import WorkerView, answer
from trainyard.core.errors import FieldError, InvalidInput, NotFound
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs import operations, queries
from trainyard.jobs.lifecycle import attempts, finishing
from trainyard.jobs.reporting import checkpoints, reports
from trainyard.registry import operations as models
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import CheckpointRegistration, Finish, Report, ReportReply, Succeeded

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class AttemptView(WorkerView):
    """Base view. ``attempt`` was read at the start of the request; writes read it again under a lock."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.attempt = attempts.attempt_of(worker=self.worker, attempt_id=kwargs["attempt_id"])
        self.request_scope.enter_context(tenant_scope(self.attempt.organization_id))

    def fence(self) -> int:
        fence = whole_number(self.request.query_params.get("fence", ""))
        if fence is None:
            raise _invalid("fence", "fence must be a number.")
        return fence

    def chunks(self) -> Iterator[bytes]:
        return upload_chunks(self.request)


class DatasetFileView(AttemptView):
    def get(self, request: Request, attempt_id: str, name: str) -> HttpResponse | StreamingHttpResponse:
        attempts.check_alive(self.attempt)
        version = self.attempt.job.dataset_version
        return blob_response(request, key=f"{version.compiled_prefix}/{name}", file=entry_of(version.files, name))


class StartFileView(AttemptView):
    def get(self, request: Request, attempt_id: str, name: str) -> HttpResponse | StreamingHttpResponse:
        """A file of the model that the attempt's job starts from."""
        attempts.check_alive(self.attempt)
        start = self.attempt.job.start or {"files": [], "blob_prefix": ""}
        return blob_response(request, key=f"{start['blob_prefix']}/{name}", file=entry_of(start["files"], name))


class ReportsView(WorkerView):
    """The most frequent call: it reads the attempt only once, under its lock."""

    def post(self, request: Request, attempt_id: str) -> Response:
        report = self.body(Report)
        desired = reports.apply(worker=self.worker, attempt_id=attempt_id, report=report, now=database_now())
        return answer(ReportReply(desired=desired))


class CheckpointFileView(AttemptView):
    body_limits: ClassVar = {ANY_TYPE: of_upload}

    def get(self, request: Request, attempt_id: str, step: int, name: str) -> HttpResponse | StreamingHttpResponse:
        """A file of a checkpoint to resume from, of an attempt before this one."""
        attempts.check_alive(self.attempt)
        points = queries.resume_points(self.attempt.job_id, before_fence=self.attempt.fence)
        checkpoint = next((point for point in points if point.step == step), None)
        if checkpoint is None:
            raise NotFound("This attempt cannot resume from that step.")
        return blob_response(request, key=f"{checkpoint.blob_prefix}/{name}", file=entry_of(checkpoint.files, name))

    def put(self, request: Request, attempt_id: str, step: int, name: str) -> Response:
        checkpoints.receive_file(
            attempt=self.attempt, fence=self.fence(), step=step, name=_checked(name), chunks=self.chunks()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class CheckpointsView(AttemptView):
    def post(self, request: Request, attempt_id: str) -> Response:
        registration = self.body(CheckpointRegistration)
        desired = checkpoints.register(attempt_id=attempt_id, registration=registration, now=database_now())
        return answer(ReportReply(desired=desired))


class ModelFileView(AttemptView):
    body_limits: ClassVar = {ANY_TYPE: of_upload}

    def put(self, request: Request, attempt_id: str, name: str) -> Response:
        operations.receive_model_file(
            attempt=self.attempt, fence=self.fence(), name=_checked(name), chunks=self.chunks()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class FinishView(AttemptView):
    def post(self, request: Request, attempt_id: str) -> Response:
        body, now = self.body(Finish), database_now()
        match body.result:
            case Succeeded(result=result):
                models.complete_job(attempt_id=attempt_id, fence=body.fence, result=result, now=now)
            case outcome:
                finishing.finish(attempt_id=attempt_id, fence=body.fence, outcome=outcome, now=now)
        return Response(status=status.HTTP_204_NO_CONTENT)


def entry_of(files: list[dict[str, Any]], name: str) -> FileEntry:
    """The file of that name among ``files``. Raises ``NotFound``."""
    for file in files:
        if file["name"] == name:
            return FileEntry.model_validate(file)
    raise NotFound(f"There is no file {name} here.")


def _checked(name: str) -> str:
    if not _FILE_NAME.fullmatch(name):
        raise _invalid(
            "name", "A file name has letters, digits, dots, dashes and underscores, and starts with neither."
        )
    return name


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
