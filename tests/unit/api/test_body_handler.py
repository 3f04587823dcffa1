"""The ASGI handler's bodies: limits by route, a full disk, a client that leaves."""

import asyncio
import json
import tempfile
from collections.abc import Mapping
from typing import IO, Any

import pytest
from asgiref.sync import async_to_sync
from django.urls import ResolverMatch, URLResolver
from pytest_django import Settings as DjangoSettings

from trainyard.api import incoming
from trainyard.api.asgi import BodyHandler
from trainyard.api.body_limits import JSON_BYTES
from trainyard.api.entrance import LONGEST_KEPT, RequestHead, head_of
from trainyard.api.incoming import BodyTooSlow, IncomingBody, InFlight, Receive, TooMuchInFlight
from trainyard.api.uploads import UploadTooLarge

FORM = (b"content-type", b"multipart/form-data; boundary=x")
JSON = (b"content-type", b"application/json")
VERSIONS = "/api/v1/datasets/ds_1/versions"
MIB = 2**20
LARGE = 5_000


@pytest.fixture(autouse=True)
def limits(settings: DjangoSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": LARGE})
    monkeypatch.setattr(incoming, "LINGER_SECONDS", 0.0)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_full_disk(**_: Any) -> IO[bytes]:
        return open("/dev/full", "w+b", buffering=0)  # noqa: PTH123

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", on_full_disk)


def scope_of(*headers: tuple[bytes, bytes], path: str = "/x", method: str = "POST") -> dict[str, Any]:
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": list(headers)}
    return scope | {"trainyard.admission": None}


def client_sending(chunks: list[bytes]) -> Receive:
    """The receiving end of a client that sends ``chunks``, and leaves without the last word if there are none."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks[:-1]]
    messages += [{"type": "http.request", "body": chunk} for chunk in chunks[-1:]] or [{"type": "http.disconnect"}]

    async def receive() -> Mapping[str, Any]:
        return messages.pop(0)

    return receive


def received(head: RequestHead, chunks: list[bytes], *, seconds: float = 30.0, receive: Receive | None = None) -> bytes:
    """The body that Django gets to see."""

    async def read() -> bytes:
        body = IncomingBody(receive or client_sending(chunks), head, seconds=seconds)
        with await BodyHandler().read_body(body.receive) as file:
            return file.read()

    return async_to_sync(read)()


def refusal(*headers: tuple[bytes, bytes], chunks: list[bytes]) -> tuple[int | None, dict[str, Any]]:
    """Status and problem that a client gets whose body is not taken; no status if there was no answer."""
    sent: list[Mapping[str, Any]] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async_to_sync(BodyHandler().handle)(scope_of(*headers), client_sending(chunks), send)
    body = b"".join(message.get("body", b"") for message in sent)
    return (sent[0]["status"], json.loads(body)) if sent else (None, {})


@pytest.mark.parametrize(
    ("method", "path", "kind", "limit"),
    [
        ("POST", VERSIONS, FORM, LARGE + MIB),
        ("POST", VERSIONS, JSON, JSON_BYTES),
        ("GET", VERSIONS, FORM, JSON_BYTES),
        ("POST", "/api/v1/models/mdl_1/predict", JSON, 32 * MIB),
        ("POST", "/api/v1/models/mdl_1/predict", FORM, 32 * MIB),
        ("POST", "/api/v1/jobs", JSON, JSON_BYTES),
        ("POST", "/api/v1/jobs", FORM, JSON_BYTES),
        ("POST", "/api/v1/admin/organizations", JSON, JSON_BYTES),
        ("PUT", "/api/worker/v1/attempts/att_1/model/model.safetensors", FORM, LARGE + MIB),
        ("POST", "/api/worker/v1/attempts/att_1/reports", JSON, 32 * MIB),
        ("POST", "/api/worker/v1/register", JSON, JSON_BYTES),
        ("POST", "/_allauth/browser/v1/auth/login", JSON, JSON_BYTES),
        ("POST", "/admin/login/", FORM, JSON_BYTES),
        ("POST", "/jobs/anything", FORM, JSON_BYTES),
        ("POST", "/api/none", FORM, JSON_BYTES),
    ],
)
def test_each_route_has_its_limit(method: str, path: str, kind: tuple[bytes, bytes], limit: int) -> None:
    assert head_of(scope_of(kind, path=path, method=method)).limit == limit


def test_a_body_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    chunked = head_of(scope_of(JSON, (b"transfer-encoding", b"chunked")))
    assert received(chunked, [b"x" * (JSON_BYTES - 1), b"x"]) == b"x" * JSON_BYTES
    with pytest.raises(UploadTooLarge):
        received(chunked, [b"x" * JSON_BYTES, b"x"])
    status, problem = refusal(JSON, (b"transfer-encoding", b"chunked"), chunks=[b"x" * JSON_BYTES, b"x"])
    assert (status, problem["code"]) == (413, "upload_too_large")


def test_a_stated_length_is_believed_when_it_is_too_large() -> None:
    status, problem = refusal(JSON, (b"content-length", str(JSON_BYTES + 1).encode()), chunks=[b"{}"])
    assert (status, problem["code"]) == (413, "upload_too_large")


def test_two_lengths_are_none() -> None:
    both = ((b"content-length", b"2"), (b"transfer-encoding", b"chunked"))
    status, problem = refusal(JSON, *both, chunks=[b"{}"])
    assert (status, problem["code"]) == (400, "ambiguous_length")


def test_a_slow_body_ends_once_its_time_is_up() -> None:
    """It has ``seconds``, and one more for each KiB that came."""

    async def never() -> Mapping[str, Any]:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    with pytest.raises(BodyTooSlow):
        received(head_of(scope_of(JSON, (b"content-length", b"9"))), [], seconds=0.01, receive=never)


def test_bytes_in_flight_are_counted_for_each_organization() -> None:
    in_flight = InFlight()
    with in_flight.counted("org_1", most=10) as first:
        first(6)
        with in_flight.counted("org_1", most=10) as second:
            second(4)
            with pytest.raises(TooMuchInFlight) as refused:
                second(1)
            assert (refused.value.status, refused.value.retry_after_seconds) == (429, incoming.RETRY_AFTER_SECONDS)
            assert refused.value.hint
        with in_flight.counted("org_2", most=10) as other:
            other(10)
        first(4)
    with in_flight.counted("org_1", most=10) as later:
        later(10)


def test_a_full_disk_is_told(full_disk: None) -> None:
    status, problem = refusal(FORM, chunks=[b"x"])
    assert (status, problem["code"]) == (507, "storage_full")
    assert problem["hint"]


def test_a_client_that_leaves_gets_no_answer() -> None:
    assert refusal(FORM, chunks=[])[0] is None


def test_a_path_is_looked_up_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a head comes, in the event loop; the table of routes is long. A very long path is not kept."""
    looked_up: list[str] = []
    resolve = URLResolver.resolve

    def counted(self: URLResolver, path: str) -> ResolverMatch:
        if path.startswith("/"):  # those that are included get what is left of it
            looked_up.append(path)
        return resolve(self, path)

    monkeypatch.setattr(URLResolver, "resolve", counted)
    sent: list[Mapping[str, Any]] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    def ask(path: str) -> None:
        begins.append({"type": "http.request", "body": b""})
        scope = scope_of((b"host", b"127.0.0.1"), path=path, method="GET")
        async_to_sync(handler.handle)(scope, receive, send)

    handler, begins = BodyHandler(), list[Mapping[str, Any]]()

    async def receive() -> Mapping[str, Any]:
        """The client stays until it is answered."""
        return begins.pop() if begins else await asyncio.get_running_loop().create_future()

    long = f"/api/v1/jobs/{'x' * LONGEST_KEPT}"
    for path in ("/api/v1/jobs/job_looked_up_once", "/api/v1/jobs/job_looked_up_once", long, long):
        ask(path)
    assert [message["status"] for message in sent if "status" in message] == [401] * 4
    assert looked_up == ["/api/v1/jobs/job_looked_up_once", long, long]
