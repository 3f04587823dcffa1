"""Worker protocol: exports of models."""

import re
from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_upload
from trainyard.api.downloads import blob_response
from trainyard.api.uploads import upload_chunks
from trainyard.api.worker.views import WorkerView, answer
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.time import database_now
from trainyard.registry import exports, queries
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import ExportClaim, ExportFinish

PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
FILE_NAME = re.compile(rf"{PART}(/{PART})?")
"""Of embedding models each module has a directory."""


class ClaimView(WorkerView):
    def post(self, request: Request) -> Response:
        """The oldest export that the worker can make, or 204."""
        export = exports.claim(worker=self.worker, now=database_now())
        if export is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        files = [FileEntry.model_validate(file) for file in export.model.worker_files]
        return answer(
            ExportClaim(export_id=export.id, format="merged", model_id=export.model_id, model_files=tuple(files))
        )


class ModelFileView(WorkerView):
    def get(self, request: Request, export_id: str, name: str) -> HttpResponseBase:
        """A file of the model that is exported."""
        model = exports.claimed_by(worker=self.worker, export_id=export_id).model
        file = queries.file_of(model=model, name=name)
        return blob_response(request, key=f"{model.blob_prefix}/{name}", file=file)


class ExportedFileView(WorkerView):
    body_limits: ClassVar = {ANY_TYPE: of_upload}

    def put(self, request: Request, export_id: str, name: str) -> Response:
        """Stores a file of the export."""
        if not FILE_NAME.fullmatch(name):
            message = "A file name has letters, digits, dots, dashes and underscores."
            raise InvalidInput(message, errors=(FieldError("name", "invalid", message),))
        exports.receive_file(worker=self.worker, export_id=export_id, name=name, chunks=upload_chunks(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class FinishView(WorkerView):
    def post(self, request: Request, export_id: str) -> Response:
        """The export is whole, or has failed."""
        outcome = self.body(ExportFinish)
        exports.finish(worker=self.worker, export_id=export_id, outcome=outcome, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
