"""Attacks on the web process's edge: strangers who send much, clients who send slowly, two lengths, many parts."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.web_server import WebServer, web_server

GIB = 2**30
SECONDS = 0.5
AUTHORIZATION = "Authorization: Bearer ty_live_made-up"
COOKIE = "Cookie: sessionid=made-up; csrftoken=made-up"
FORM = "Content-Type: multipart/form-data; boundary=x"
JSON = "Content-Type: application/json"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    settings = {"TRAINYARD_HEADER_SECONDS": str(SECONDS), "TRAINYARD_BODY_SECONDS": str(SECONDS)}
    with web_server(tmp_path_factory.mktemp("data"), **settings) as running:
        yield running


def connected(server: WebServer) -> socket.socket:
    assert server.client.base_url.port
    return socket.create_connection(("127.0.0.1", server.client.base_url.port), timeout=30)


def head_of(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def answer(server: WebServer, method: str, path: str, *headers: str, body: bytes = b"") -> tuple[int, str]:
    """Status and code of the whole answer to a head, after which the server closed the connection."""
    with connected(server) as client:
        client.sendall(head_of(method, path, *headers) + body)
        with closing(client.makefile("rb")) as file:
            status = int(file.readline().split()[1])
            told = [line.strip().lower() for line in iter(file.readline, b"\r\n")]
            assert b"connection: close" in told
            content = file.read()  # until it is closed
    document = json.loads(content)
    assert document["status"] == status
    return status, document["code"]


@pytest.mark.parametrize("credentials", [AUTHORIZATION, COOKIE])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/datasets/ds_1/versions"),
        ("POST", "/api/v1/models/mdl_1/predict"),
        ("POST", "/api/v1/jobs"),
        ("POST", "/api/v1/admin/organizations"),
        ("PUT", "/api/worker/v1/attempts/att_1/model/model.safetensors?fence=1"),
        ("POST", "/api/worker/v1/claim"),
    ],
)
def test_made_up_credentials_are_refused_and_nothing_is_read(
    server: WebServer, credentials: str, method: str, path: str
) -> None:
    """The head promises a body that never comes: whoever waited for it would have no answer."""
    assert answer(server, method, path, credentials, FORM, f"Content-Length: {19 * GIB}") == (
        401,
        "not_authenticated" if credentials == COOKIE and "worker" not in path else "authentication_failed",
    )
    status, _code = answer(server, method, path, credentials, JSON, "Content-Length: 10")
    assert status == 401


@pytest.mark.parametrize("path", ["/", "/healthz", "/admin/login/", "/_allauth/browser/v1/auth/login", "/api/none"])
@pytest.mark.parametrize("credentials", [AUTHORIZATION, COOKIE])
def test_nowhere_else_is_a_large_body_taken(server: WebServer, path: str, credentials: str) -> None:
    for length in (f"Content-Length: {256 * 2**10 + 1}", f"Content-Length: {19 * GIB}"):
        assert answer(server, "POST", path, credentials, FORM, length) == (413, "upload_too_large")


def test_every_other_standing_actor_is_refused_before_the_body(server: WebServer) -> None:
    """A key that was revoked, and keys and tokens of another kind than the call is for."""
    revoked = server.client.post("/api-keys", json={"name": "gone", "role": "owner"}).json()
    assert server.client.delete(f"/api-keys/{revoked['id']}").status_code == 204
    large = (FORM, f"Content-Length: {19 * GIB}")
    upload, claim = "/api/v1/datasets/ds_1/versions", "/api/worker/v1/claim"
    known = server.client.headers["Authorization"]
    for path, credential in ((upload, f"Bearer {revoked['secret']}"), (upload, "Bearer ty_wrk_x"), (claim, known)):
        assert answer(server, "POST", path, f"Authorization: {credential}", *large) == (401, "authentication_failed")
    assert answer(server, "POST", "/api/v1/admin/pools", f"Authorization: {known}", JSON, "Content-Length: 90") == (
        403,
        "permission_denied",
    )


def test_who_may_not_do_it_is_told_before_the_body(server: WebServer) -> None:
    viewer = server.client.post("/api-keys", json={"name": "viewer", "role": "viewer"}).json()["secret"]
    headers = (f"Authorization: Bearer {viewer}", FORM, f"Content-Length: {GIB}")
    assert answer(server, "POST", "/api/v1/datasets/ds_1/versions", *headers) == (403, "permission_denied")


def test_a_method_that_there_is_not_is_told_with_those_that_there_are(server: WebServer) -> None:
    """RFC 9110, section 15.5.6, also where the head alone decides."""
    path = str(server.client.base_url.join("/api/v1/payments/stripe/webhook"))
    refused = httpx.request("TRACE", path, content=iter([b"{}"]), headers={"Content-Type": "application/json"})
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]


def test_json_is_small(server: WebServer) -> None:
    known = f"Authorization: {server.client.headers['Authorization']}"
    length = f"Content-Length: {256 * 2**10 + 1}"
    assert answer(server, "POST", "/api/v1/jobs", known, JSON, length) == (413, "upload_too_large")
    assert server.client.post("/jobs/quote", json={"name": "x" * 200_000}).status_code == 400


def test_two_lengths_are_answered_once_and_refused(server: WebServer) -> None:
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    both = ("Content-Length: 4", "Transfer-Encoding: chunked")
    assert answer(server, "POST", "/api/v1/jobs", JSON, *both, body=smuggled) == (400, "ambiguous_length")


def test_a_body_that_trickles_ends(server: WebServer) -> None:
    known = f"Authorization: {server.client.headers['Authorization']}"
    path = "/api/v1/datasets/ds_1/versions"
    assert answer(server, "POST", path, known, FORM, "Content-Length: 100000", body=b"x") == (408, "request_timeout")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_a_head_that_never_ends_is_not_waited_for(server: WebServer, sent: bytes) -> None:
    began = time.monotonic()
    with connected(server) as client:
        client.sendall(sent)
        assert client.recv(1) == b""
    assert time.monotonic() - began >= SECONDS


def test_a_second_head_on_the_connection_has_no_more_time(server: WebServer) -> None:
    with connected(server) as client:
        client.sendall(head_of("GET", "/healthz"))
        received = b""
        while not received.endswith(b"}"):
            received += client.recv(1_000)
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(1) == b""


def test_a_form_of_too_many_parts_is_refused(server: WebServer) -> None:
    dataset = {"name": "parts", "task": "tabular_classification", "options": {"target": "species"}}
    path = f"/datasets/{server.client.post('/datasets', json=dataset).json()['id']}/versions"
    for files, data in (
        ([("file", ("a.csv", b"a"))] * 300, {}),
        ([("file", ("a.csv", b"a"))], {f"field{number}": "x" for number in range(200)}),
    ):
        refused = server.client.post(path, files=files, data=data)
        assert (refused.status_code, refused.json()["code"]) == (400, "too_many_parts")
    named = server.client.post(path, files={"file": ("x" * 5_000 + ".csv", b"a,b\n1,2\n")})
    assert named.status_code == 400


@pytest.mark.parametrize("trusted", ["", "127.0.0.1", "10.0.0.0/8,127.0.0.0/8"])
def test_only_a_trusted_proxy_says_where_a_client_is(tmp_path: Path, trusted: str) -> None:
    """What it says of the scheme shows in HSTS, what it says of the address in the audit log."""
    settings = {"TRAINYARD_TRUSTED_PROXIES": trusted, "TRAINYARD_PUBLIC_URL": "https://train.example.com"}
    with web_server(tmp_path, **settings) as server:
        # The client may write what it likes before what the proxy adds.
        forged = {"X-Forwarded-For": "192.0.2.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
        made = server.client.post("/api-keys", json={"name": "CI"}, headers=forged)
        assert ("Strict-Transport-Security" in made.headers) is bool(trusted)
        event = server.client.get("/audit-events").json()["data"][0]
        assert event["target"] == made.json()["id"]
        assert event["address"] == ("203.0.113.9" if trusted else "127.0.0.1")


def test_what_an_organization_stores_and_sends_at_once_has_a_limit(tmp_path: Path) -> None:
    limits = {
        "TRAINYARD_MAX_UPLOAD_BYTES": "1000000",
        "TRAINYARD_MAX_BYTES_IN_FLIGHT": "2000000",
        "TRAINYARD_MAX_STORED_BYTES": "250000",
    }
    with web_server(tmp_path, **limits) as server:
        dataset = {"name": "d", "task": "tabular_classification", "options": {"target": "b"}}
        path = f"/datasets/{server.client.post('/datasets', json=dataset).json()['id']}/versions"
        known = f"Authorization: {server.client.headers['Authorization']}"
        with connected(server) as first:
            first.sendall(
                head_of("POST", f"/api/v1{path}", known, FORM, "Content-Length: 1500000", "Expect: 100-continue")
            )
            assert b"100 Continue" in first.recv(1_000)  # it is let in, and counted
            second = answer(server, "POST", f"/api/v1{path}", known, FORM, "Content-Length: 600000")
            assert second == (429, "uploads_in_flight")
        content = b"a,b\n" + b"1,2\n" * 50_000
        assert server.client.post(path, files={"file": ("d.csv", content)}).status_code == 201
        refused = server.client.post(path, files={"file": ("d.csv", content)})
        assert (refused.status_code, refused.json()["code"]) == (413, "storage_quota_exceeded")
        assert "Delete datasets" in refused.json()["hint"]
        assert [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()] == []
