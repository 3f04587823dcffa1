"""What the worker makes of the control plane's answers: try again, give up, or stop."""

import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from trainyard_spec.states import DesiredState
from trainyard_spec.worker_protocol import Heartbeat, ReportReply
from trainyard_worker.testing import entry_of
from trainyard_worker.transport import (
    AttemptLost,
    CallFailed,
    CorruptDownload,
    Refused,
    Transport,
    Unauthorized,
    Unreachable,
)

Answer = tuple[int, dict[str, str], bytes]

RUN = ReportReply(desired=DesiredState.RUN)
OK: Answer = (200, {}, RUN.model_dump_json().encode())
PROBLEM = {"Content-Type": "application/problem+json"}


class Scripted:
    """A server that gives ``answers`` in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [OK]
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.append((handler.command, handler.path, dict(handler.headers), body))
        status, headers, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)


@pytest.fixture
def start_server() -> Iterator[Callable[[], Scripted]]:
    running: list[tuple[HTTPServer, Thread]] = []

    def start() -> Scripted:
        script = Scripted()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                script.answer(self)

            do_GET = do_PUT = do_POST  # noqa: N815 - the base class looks for these names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                return

        server = HTTPServer(("127.0.0.1", 0), Handler)
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return script

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(start_server: Callable[[], Scripted]) -> Scripted:
    return start_server()


@pytest.fixture
def transport(server: Scripted) -> Iterator[Transport]:
    transport = Transport(base_url=server.url, token="secret")
    yield transport
    transport.close()


def ask(transport: Transport, give_up: Event | None = None) -> Any:
    return transport.request("/x", Heartbeat(), ReportReply, give_up=give_up)


def failure_of(transport: Transport, give_up: Event) -> Unreachable:
    with pytest.raises(Unreachable) as failure:
        ask(transport, give_up)
    return failure.value


@pytest.mark.parametrize(
    "trouble",
    [(500, {}, b""), (503, {"Retry-After": "0"}, b"down"), (429, {}, b""), (200, {}, b"<html>"), (204, {}, b"")],
)
def test_trouble_that_may_pass_is_tried_again(server: Scripted, transport: Transport, trouble: Answer) -> None:
    server.answers = [trouble, trouble, OK]
    assert ask(transport, Event()) == RUN
    assert [body for _, _, _, body in server.asked] == [Heartbeat().model_dump_json().encode()] * 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, PROBLEM, b'{"code":"unauthorized"}'), Unauthorized),
        ((409, PROBLEM, b'{"code":"stale_fence","detail":"Gone."}'), AttemptLost),
        ((404, PROBLEM, b'{"code":"not_found"}'), AttemptLost),
        ((409, PROBLEM, b'{"code":"sequence_gap"}'), Refused),
        ((422, {}, b"not even json"), Refused),
        ((400, {}, b"[]"), Refused),
    ],
)
def test_what_is_wrong_is_not_tried_again(
    server: Scripted, transport: Transport, answer: Answer, error: type[CallFailed]
) -> None:
    server.answers = [answer]
    with pytest.raises(CallFailed) as refused:
        ask(transport, Event())
    assert type(refused.value) is error
    assert len(server.asked) == 1


def test_a_file_that_is_not_there_does_not_lose_the_attempt(
    server: Scripted, transport: Transport, tmp_path: Path
) -> None:
    server.answers = [(404, PROBLEM, b'{"code":"not_found"}')]
    with pytest.raises(Refused) as refused:
        transport.download("/f", entry_of("f", b"content"), tmp_path / "f", give_up=Event())
    assert not isinstance(refused.value, AttemptLost)


def test_a_call_without_give_up_is_made_once(server: Scripted, transport: Transport) -> None:
    server.answers = [(503, {}, b"")]
    with pytest.raises(Unreachable):
        ask(transport)
    assert len(server.asked) == 1


def test_giving_up_ends_a_call_that_waits_for_its_next_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    give_up, failures = Event(), list[BaseException]()
    transport = Transport(base_url=f"http://127.0.0.1:{port}", token="secret")
    thread = Thread(target=lambda: failures.append(failure_of(transport, give_up)))
    thread.start()
    give_up.set()
    thread.join(10)
    transport.close()
    assert len(failures) == 1


class Impatient(Event):
    """Is set by the first wait, whose length it keeps."""

    def wait(self, timeout: float | None = None) -> bool:
        self.waited = timeout
        self.set()
        return True


@pytest.mark.parametrize(("asked", "waited"), [("17", 17.0), ("86400", 60.0)])
def test_retry_after_is_respected_within_reason(
    server: Scripted, transport: Transport, asked: str, waited: float
) -> None:
    server.answers = [(429, {"Retry-After": asked}, b"")]
    give_up = Impatient()
    failure_of(transport, give_up)
    assert give_up.waited == waited


def test_an_upload_states_its_length_and_sends_every_byte_again(
    server: Scripted, transport: Transport, tmp_path: Path
) -> None:
    content = bytes(3 << 20)
    (tmp_path / "weights").write_bytes(content)
    server.answers = [(503, {}, b""), (204, {}, b"")]
    transport.upload("/w", tmp_path / "weights", parameters={"fence": "3"}, give_up=Event())
    assert [(path, len(body)) for _, path, _, body in server.asked] == [("/w?fence=3", len(content))] * 2
    assert all("Transfer-Encoding" not in headers for _, _, headers, _ in server.asked)


def test_a_download_appears_complete_or_not_at_all(server: Scripted, transport: Transport, tmp_path: Path) -> None:
    good, entry = (200, {}, b"content"), entry_of("f", b"content")
    server.answers = [(200, {}, b"c0ntent"), (503, {}, b""), good]
    transport.download("/f", entry, tmp_path / "f", give_up=Event())
    assert (tmp_path / "f").read_bytes() == b"content"
    assert len(server.asked) == 3


@pytest.mark.parametrize("content", [b"", b"c0ntent", b"content and more"])
def test_a_download_that_stays_wrong_is_given_up(
    server: Scripted, transport: Transport, tmp_path: Path, content: bytes
) -> None:
    server.answers = [(200, {}, content)]
    with pytest.raises(CorruptDownload):
        transport.download("/f", entry_of("f", b"content"), tmp_path / "f", give_up=Event())
    assert len(server.asked) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_off_is_tried_again(server: Scripted, transport: Transport, tmp_path: Path) -> None:
    server.answers = [(200, {"Content-Length": "7"}, b"con"), (200, {}, b"content")]
    transport.download("/f", entry_of("f", b"content"), tmp_path / "f", give_up=Event())
    assert (tmp_path / "f").read_bytes() == b"content"


def test_the_store_it_is_redirected_to_does_not_see_the_credential(
    start_server: Callable[[], Scripted], server: Scripted, transport: Transport, tmp_path: Path
) -> None:
    store = start_server()
    store.answers = [(200, {}, b"content")]
    server.answers = [(302, {"Location": f"{store.url}/signed?s=1"}, b"")]
    transport.download("/f", entry_of("f", b"content"), tmp_path / "f", give_up=Event())
    (_, _, to_us, _), (_, path, to_store, _) = server.asked[0], store.asked[0]
    assert to_us["Authorization"] == "Bearer secret"
    assert path == "/signed?s=1"
    assert "Authorization" not in to_store
