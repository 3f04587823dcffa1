"""Worker protocol: training sessions."""

from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_upload
from trainyard.api.downloads import blob_response
from trainyard.api.numbers import whole_number
from trainyard.api.uploads import UploadTooLarge
from trainyard.api.worker.views import WorkerView, answer
from trainyard.core.blobs import CHUNK_BYTES, blob_store
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.pools.models import Worker
from trainyard.training_sessions import claiming, finishing, wake_ups
from trainyard_spec.training_sessions import (
    ADAPTER_CONFIG_FILE,
    ADAPTER_WEIGHTS_FILE,
    OPTIMIZER_FILE,
    HostRelease,
    OperationFinish,
    SessionClaimRequest,
    StateRegistration,
)

STATE_FILES = frozenset({ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE, OPTIMIZER_FILE})


class ClaimView(WorkerView):
    def post(self, request: Request) -> Response:
        """Work for a host, or 204; a host with a base in memory may wait for it."""
        return _next_work(self.worker, self.body(SessionClaimRequest))


class FinishView(WorkerView):
    def post(self, request: Request, operation_id: str) -> Response:
        """Stores the outcome of an operation; again changes nothing. With ``then`` it answers as ``/claim`` does."""
        outcome = self.body(OperationFinish)
        operation = finishing.held_operation(worker=self.worker, operation_id=operation_id)
        with tenant_scope(operation.organization_id):
            finishing.finish(operation=operation, outcome=outcome, now=database_now())
        return (
            Response(status=status.HTTP_204_NO_CONTENT)
            if outcome.then is None
            else _next_work(self.worker, outcome.then)
        )


class ReleaseView(WorkerView):
    def post(self, request: Request) -> Response:
        """Lets others have what a host held."""
        asked = self.body(HostRelease)
        finishing.release(worker=self.worker, host=asked.host, run_ids=asked.runs, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class StatesView(WorkerView):
    def post(self, request: Request, run_id: str) -> Response:
        """Registers a state whose files were uploaded."""
        registration = self.body(StateRegistration)
        run = finishing.run_held_by(worker=self.worker, run_id=run_id)
        with tenant_scope(run.organization_id):
            finishing.register_state(worker=self.worker, run_id=run_id, registration=registration, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class StateFileView(WorkerView):
    body_limits: ClassVar = {ANY_TYPE: of_upload}

    def get(self, request: Request, run_id: str, seq_id: int, name: str) -> HttpResponseBase:
        run, entry = finishing.readable_state(worker=self.worker, run_id=run_id, seq_id=seq_id, name=name)
        with tenant_scope(run.organization_id):
            return blob_response(request, key=f"{run.state_prefix(seq_id)}/{name}", file=entry)

    def put(self, request: Request, run_id: str, seq_id: int, name: str) -> Response:
        """Stores a file of the run's state. The same state has the same bits, whoever is the last to write it."""
        fence = whole_number(request.query_params.get("fence", ""))
        run = finishing.run_held_by(worker=self.worker, run_id=run_id)
        if name not in STATE_FILES:
            message = f"A state has the files {', '.join(sorted(STATE_FILES))}."
            raise InvalidInput(message, errors=(FieldError("name", "invalid", message),))
        if fence != run.fence:
            raise finishing.StaleRunFence("The run is another host's by now.")
        with tenant_scope(run.organization_id):
            blob_store().write(f"{run.state_prefix(seq_id)}/{name}", self._chunks())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _chunks(self) -> Iterator[bytes]:
        limit, received = settings.ENVIRONMENT.max_upload_bytes, 0
        while chunk := self.request._request.read(CHUNK_BYTES):  # noqa: SLF001  REST framework only parses
            received += len(chunk)
            if received > limit:
                raise UploadTooLarge(f"The file is larger than {limit} bytes, the most this platform takes.")
            yield chunk


def _next_work(worker: Worker, asked: SessionClaimRequest) -> Response:
    """Work for a host, once there is some; 204 where none comes in time."""
    instants = wake_ups.instants_to_claim(
        pool_id=worker.pool_id,
        base_model=asked.base_model or "",
        worker_id=worker.id,
        host=asked.host,
        seconds=asked.wait_seconds,
    )
    for _ in instants:
        turns = claiming.turns(worker=worker, request=asked, now=database_now())
        if not turns:
            continue
        with transaction.atomic():  # so that SQLite's clock is read when it is this claim's turn to write
            work = claiming.claim(turns=turns, worker=worker, request=asked, now=database_now())
        if work is not None:
            return answer(work)
    return Response(status=status.HTTP_204_NO_CONTENT)
