"""The ASGI handler's bodies: limits by kind of request, a full disk, a client that leaves."""

import json
import tempfile
from collections.abc import Mapping
from typing import IO, Any

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings as DjangoSettings

from trainyard.api.asgi import FRAMING_BYTES, BodyHandler, Receive, limited

CREDENTIALS = (b"authorization", b"Bearer ty_live_x")
FORM = (b"content-type", b"multipart/form-data; boundary=x")
JSON = (b"content-type", b"application/json")
SMALL, LARGE = 1_000, 5_000


@pytest.fixture(autouse=True)
def limits(settings: DjangoSettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = SMALL
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": LARGE})


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_full_disk(**_: Any) -> IO[bytes]:
        return open("/dev/full", "w+b", buffering=0)  # noqa: PTH123

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", on_full_disk)


def scope_of(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": "/api/v1/x", "query_string": b"", "headers": list(headers)}


def client_sending(chunks: list[bytes]) -> Receive:
    """The receiving end of a client that sends ``chunks``, and leaves without the last word if there are none."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks[:-1]]
    messages += [{"type": "http.request", "body": chunk} for chunk in chunks[-1:]] or [{"type": "http.disconnect"}]

    async def receive() -> Mapping[str, Any]:
        return messages.pop(0)

    return receive


def received(*headers: tuple[bytes, bytes], chunks: list[bytes]) -> bytes:
    """The body that Django gets to see."""
    receive = limited(client_sending(chunks), scope_of(*headers))
    with async_to_sync(BodyHandler().read_body)(receive) as body:
        return body.read()


def refusal(*headers: tuple[bytes, bytes], chunks: list[bytes]) -> tuple[int | None, dict[str, Any]]:
    """Status and problem that a client gets whose body is not taken; no status if there was no answer."""
    sent: list[Mapping[str, Any]] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async_to_sync(BodyHandler().handle)(scope_of(*headers), client_sending(chunks), send)
    body = b"".join(message.get("body", b"") for message in sent)
    return (sent[0]["status"], json.loads(body)) if sent else (None, {})


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ((CREDENTIALS, FORM), LARGE + FRAMING_BYTES),
        (((b"cookie", b"sessionid=x"), FORM), LARGE + FRAMING_BYTES),
        ((CREDENTIALS, JSON), SMALL),
        ((FORM,), SMALL),
    ],
)
def test_each_kind_of_request_has_its_limit(headers: tuple[tuple[bytes, bytes], ...], limit: int) -> None:
    assert received(*headers, chunks=[b"x" * (limit - 1), b"x"]) == b"x" * limit
    status, problem = refusal(*headers, chunks=[b"x" * limit, b"x"])
    assert (status, problem["code"]) == (413, "upload_too_large")


def test_a_stated_length_is_believed_when_it_is_too_large() -> None:
    status, problem = refusal(CREDENTIALS, JSON, (b"content-length", b"1001"), chunks=[b"{}"])
    assert (status, problem["code"]) == (413, "upload_too_large")


def test_a_full_disk_is_told(full_disk: None) -> None:
    status, problem = refusal(CREDENTIALS, FORM, chunks=[b"x"])
    assert (status, problem["code"]) == (507, "storage_full")
    assert problem["hint"]


def test_a_client_that_leaves_gets_no_answer() -> None:
    assert refusal(CREDENTIALS, FORM, chunks=[])[0] is None
