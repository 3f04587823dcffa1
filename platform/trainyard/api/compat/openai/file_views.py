"""OpenAI's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import of_upload
from trainyard.api.compat.openai import bodies, files
from trainyard.api.compat.openai.errors import NotServed
from trainyard.api.compat.openai.views_base import OpenAIView, newest_after
from trainyard.api.downloads import blob_response
from trainyard.api.parsers import DecodingMultiPartParser
from trainyard.api.serializers import validated
from trainyard.api.uploads import HashedFile, HashingUploadHandler
from trainyard.core.storage_full import raising_storage_full
from trainyard.core.time import database_now
from trainyard.datasets import operations
from trainyard.datasets.models import DatasetVersion


class FilesView(OpenAIView):
    actions: ClassVar = {"GET": "datasets.read", "POST": "datasets.write"}
    parser_classes = (DecodingMultiPartParser,)
    body_limits: ClassVar = {"multipart/form-data": of_upload}
    version: DatasetVersion

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before anything reads the body: checking a session's CSRF token already does.
        request.upload_handlers = [HashingUploadHandler(request)]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request) -> Response:
        asked = validated(bodies.FileListSerializer, request.query_params)
        rows = files.files() if asked["purpose"] in ("", files.PURPOSE) else files.files().none()
        oldest_first = asked["order"] == "asc"
        found, more = newest_after(rows, after=asked["after"], limit=asked["limit"], oldest_first=oldest_first)
        return Response({"object": "list", "data": [files.body(each) for each in found], "has_more": more})

    def post(self, request: Request) -> Response:
        """The file as a new dataset's first version, which is validated next."""
        operations.add_version(self.version, actor=self.actor.name, now=database_now())
        return Response(files.body(self.version))

    @contextmanager
    def prepared_post(self, request: Request) -> Iterator[None]:
        asked = validated(bodies.FileUploadSerializer, request.data)
        if asked["purpose"] != files.PURPOSE:
            raise NotServed(f"Files of the purpose {asked['purpose']} are not kept here.", hint="Use fine-tune.")
        file: HashedFile = asked["file"]
        path, name, now = Path(file.temporary_file_path()), file.name or "file.jsonl", database_now()
        with file, raising_storage_full():
            dataset = operations.create_dataset(
                name=name[:120], task=files.task_of(path), options={}, actor=self.actor.name, now=now
            )
            upload = operations.Upload(path=path, filename=name, bytes=file.size or 0, sha256=file.sha256)
            with operations.stored_version(dataset_id=dataset.id, upload=upload, now=now) as self.version:
                yield


class FileView(OpenAIView):
    actions: ClassVar = {"GET": "datasets.read", "DELETE": "datasets.write"}

    def get(self, request: Request, file_id: str) -> Response:
        return Response(files.body(files.file(file_id)))

    def delete(self, request: Request, file_id: str) -> Response:
        """Jobs that train on it go on; its content follows within two hours."""
        version = files.file(file_id)
        operations.delete_dataset(dataset_id=version.dataset_id, actor=self.actor.name, now=database_now())
        return Response({"id": version.id, "object": "file", "deleted": True})


class FileContentView(OpenAIView):
    actions: ClassVar = {"GET": "datasets.read"}

    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        version = files.file(file_id)
        return blob_response(request, key=version.source_key, file=files.entry(version))
