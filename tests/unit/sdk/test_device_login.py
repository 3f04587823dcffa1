"""Log-in by a browser on another machine: what the client sends, how long it waits, and what ends it."""

import json
from typing import Any

import httpx
import pytest

from tests.support.schema_samples import document, sample
from trainyard_client.cli import accounts
from trainyard_client.device_login import WantedKey, log_in
from trainyard_client.errors import ApiError, LoginFailed, Unreachable
from trainyard_client.types import StartedDeviceAuthorization

STARTED = {
    "device_code": "ty_device_x", "user_code": "BCDF-GHJK", "verification_uri": "http://yard/device",
    "verification_uri_complete": "http://yard/device?code=BCDF-GHJK", "expires_in": 900, "interval": 5,
}  # fmt: skip
WANTED = WantedKey("trainyard on laptop", role="admin", scopes=("jobs:read", "models:read"), lifetime_days=7)


def token() -> dict[str, Any]:
    answer: dict[str, Any] = sample(document()["components"]["schemas"]["Token"])
    return {**answer, "access_token": "ty_live_new"}


def refused(code: str, status: int = 400) -> httpx.Response:
    body = {"error": code, "code": code, "detail": f"It is {code}.", "status": status}
    return httpx.Response(status, json=body)


class Service:
    """Answers polls in turn; an exception stands for an answer that does not come."""

    def __init__(self, *polls: httpx.Response | Exception, start: httpx.Response | Exception | None = None) -> None:
        self.polls = list(polls)
        self.start = start or httpx.Response(200, json=STARTED)
        self.bodies: list[dict[str, Any]] = []
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        assert "Authorization" not in request.headers
        if request.url.path.endswith("/device-authorization"):
            answer = self.start
        else:
            answer = self.polls.pop(0) if self.polls else refused("authorization_pending")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def log_in(self) -> Any:
        return log_in(
            "http://yard/",
            wanted=WANTED,
            show=lambda _: None,
            transport=httpx.MockTransport(self),
            sleep=self.sleep,
            clock=lambda: self.now,
        )


def test_the_key_comes_once_somebody_confirms() -> None:
    service = Service(refused("authorization_pending"), httpx.Response(200, json=token()))
    assert service.log_in().access_token == "ty_live_new"
    first, *polls = service.bodies
    assert first == {
        "client_id": "trainyard-cli",
        "client_name": "trainyard on laptop",
        "scope": "jobs:read models:read",
        "role": "admin",
        "key_lifetime_days": 7,
    }
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    assert polls == [{"grant_type": grant, "device_code": "ty_device_x"}] * 2
    assert service.waits == [5, 5]


def test_it_waits_longer_when_told_and_when_no_answer_comes() -> None:
    away = httpx.ConnectError("away")
    service = Service(refused("slow_down"), away, refused("rate_limited", 429), httpx.Response(200, json=token()))
    service.log_in()
    assert service.waits == [5, 10, 15, 20]


@pytest.mark.parametrize("code", ["access_denied", "expired_token", "invalid_grant"])
def test_what_ends_it_is_told(code: str) -> None:
    with pytest.raises(LoginFailed, match=f"It is {code}. Nobody is logged in.") as failed:
        Service(refused(code)).log_in()
    assert failed.value.code == code


def test_nobody_waits_for_ever() -> None:
    service = Service()
    with pytest.raises(LoginFailed, match="in time"):
        service.log_in()
    assert service.now == 900


def test_a_service_that_refuses_to_begin_says_why() -> None:
    with pytest.raises(ApiError, match="It is invalid_scope"):
        Service(start=refused("invalid_scope")).log_in()
    with pytest.raises(LoginFailed, match="--with-key"):
        Service(start=httpx.Response(404)).log_in()
    with pytest.raises(Unreachable, match="does not answer"):
        Service(start=httpx.ConnectError("away")).log_in()


def test_no_browser_opens_for_somebody_who_sits_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def opens(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", opens)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for name in accounts.REMOTE:
        monkeypatch.delenv(name, raising=False)
    accounts._show(StartedDeviceAuthorization(STARTED), browser=True)
    assert opened == [STARTED["verification_uri_complete"]]
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    accounts._show(StartedDeviceAuthorization(STARTED), browser=True)
    assert len(opened) == 1
    assert "BCDF-GHJK" in capsys.readouterr().err
