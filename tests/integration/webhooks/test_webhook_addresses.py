"""A customer's address leads to nothing that only the platform may reach, however it is spelt or resolved."""

import json
import socket
import threading
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.platform import Caller
from tests.support.receiver import Receiver
from tests.support.webhooks import Post
from trainyard.core.outbound.addresses import (
    FORBIDDEN,
    AddressRefused,
    check_url,
    is_forbidden,
    parse_networks,
    resolve,
)
from trainyard.core.outbound.client import RequestFailed, TransferLimits, send
from trainyard.core.tenancy import platform_scope
from trainyard.webhooks import claims, deliverer, fan_out

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
LIMITS = TransferLimits(seconds=1)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "::127.0.0.1",
    ],
)
def test_forbidden_addresses(address: str) -> None:
    assert is_forbidden(ip_address(address))
    with pytest.raises(AddressRefused):
        resolve("https://example.com/", resolver=lambda *_: [address])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses(address: str) -> None:
    assert resolve("https://example.com/a?b=c", resolver=lambda *_: [address]).path == "/a?b=c"


@given(st.sampled_from(sorted(FORBIDDEN)).flatmap(lambda net: st.ip_addresses(network=net)))
def test_every_address_of_a_forbidden_network(address: Any) -> None:
    assert is_forbidden(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_as_the_one_it_stands_for(address: Any) -> None:
    assert is_forbidden(ip_address(f"::ffff:{address}")) == is_forbidden(address)


@pytest.mark.parametrize("host", ["localhost", "Localhost.", "a.localhost", "2130706433", "0x7f.1", "127.1", "[::1]"])
def test_what_names_this_machine_is_refused_before_a_name_is_resolved(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"https://{host}/")


def test_one_bad_address_among_good_ones_is_enough() -> None:
    with pytest.raises(AddressRefused):
        resolve("https://example.com/", resolver=lambda *_: ["93.184.215.14", "10.0.0.1"])


def test_an_allowed_network_is_the_operators_exception() -> None:
    allowed = parse_networks(["10.1.0.0/16"])
    assert resolve("http://inside:81/", allowed=allowed, resolver=lambda *_: ["10.1.0.9"]).address == "10.1.0.9"
    with pytest.raises(AddressRefused):
        resolve("http://inside/", allowed=allowed, resolver=lambda *_: ["10.2.0.9"])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///nothing",
        "example.com",
        "https://user:pass@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\nHost: other",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused_when_it_is_given(owner: Caller, url: str) -> None:
    answer = owner.post("/webhooks/endpoints", {"url": url, "events": ["*"]})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:25/",
        "https://127.0.0.1/",
        "https://10.1.2.3:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
    ],
)
def test_what_can_lead_nowhere_is_refused_when_it_is_given(owner: Caller, url: str) -> None:
    answer = owner.post("/webhooks/endpoints", {"url": url, "events": ["*"]})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("url", "address_refused")


@pytest.mark.parametrize("url", ["http://example.com/", "https://example.com:25/"])
def test_plain_http_and_mail_ports_lead_nowhere_in_public(url: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(url, resolver=lambda *_: ["93.184.215.14"])


def test_a_name_that_resolves_otherwise_the_second_time_changes_nothing(
    post: Post, hook: Receiver, owner: Caller
) -> None:
    """DNS rebinding: the first answer is checked, and it is the one that is connected to."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    address = hook.url.replace("127.0.0.1", "rebound.example")
    owner.patch(f"/webhooks/endpoints/{post.endpoint().id}", {"url": address})
    post.publish()
    with platform_scope():
        fan_out.fan_out(now=post.now)
        [claimed] = claims.claim(most=1, now=post.now)
        deliverer.attempt(claimed, clock=lambda: post.now, resolver=rebinding)
    assert asked == ["rebound.example"]
    assert hook.received[0].headers["host"] == f"rebound.example:{hook.port}"


def test_a_delivery_to_a_forbidden_address_says_so_in_its_log(
    post: Post, hook: Receiver, owner: Caller, settings: Any
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"outbound_allowed_networks": ()})
    post.publish()
    post.deliver()
    assert hook.received == []
    [delivery] = post.deliveries()
    assert delivery.attempts[0]["error"] == "address_refused"
    assert delivery.attempts[0]["status"] is None


def test_a_redirect_is_an_answer_and_no_way(post: Post, hook: Receiver) -> None:
    hook.answer(302, Location=hook.url + "/elsewhere")
    post.publish()
    post.deliver()
    assert [request.path for request in hook.received] == ["/hook"]
    assert post.deliveries()[0].attempts[0]["status"] == 302


def test_of_a_long_answer_only_the_beginning_is_read(post: Post, hook: Receiver) -> None:
    hook.respond = lambda _: (200, {}, b"\x00x" * 2**20)
    post.publish()
    post.deliver()
    assert len(post.deliveries()[0].attempts[0]["response_excerpt"]) == 1_024


def test_an_answer_that_drips_ends_at_the_deadline(hook: Receiver) -> None:
    """A byte now and then keeps every single wait short."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        has_ended = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Header: ")
                while not has_ended.wait(0.02):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(RequestFailed) as failed:
            send("POST", url, body=b"{}", headers={}, limits=LIMITS)
        has_ended.set()
        assert failed.value.code == "timeout"
        thread.join()


@pytest.mark.parametrize(
    ("sent", "code"), [(b"", "not_http"), (b"SSH-2.0-OpenSSH\r\n", "not_http")], ids=["closes", "ssh"]
)
def test_what_is_no_web_server_is_told_by_a_code(hook: Receiver, sent: bytes, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                # All of it: to close on what is unread would be a reset, not an end.
                while not connection.recv(65_536).endswith(b"{}"):
                    pass
                connection.sendall(sent)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(RequestFailed) as failed:
            send("POST", f"http://127.0.0.1:{server.getsockname()[1]}/", body=b"{}", headers={}, limits=LIMITS)
        assert failed.value.code == code
        thread.join()


def test_a_refused_connection_and_an_unknown_name_are_told_apart(hook: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for resolver, code in ((lambda *_: ["127.0.0.1"], "connection"), (_unknown, "unresolved")):
        with pytest.raises(RequestFailed) as failed:
            send("POST", f"http://x.example:{port}/", body=b"", headers={}, limits=LIMITS, resolver=resolver)
        assert failed.value.code == code


def _unknown(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_slack_gets_a_sentence_without_markup_of_its_own(owner: Caller, post: Post, hook: Receiver) -> None:
    owner.delete(f"/webhooks/endpoints/{post.endpoint().id}")
    made = owner.post("/webhooks/endpoints", {"kind": "slack", "url": hook.url, "events": ["model.*"]})
    assert made.json()["secret"] is None
    post.publish()
    post.deliver()
    assert json.loads(hook.received[0].body) == {"text": "Model x is registered."}
    assert "webhook-signature" not in hook.received[0].headers
