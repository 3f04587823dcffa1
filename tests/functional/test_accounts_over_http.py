"""An account's whole life over HTTP against the real web process, with the mails that it writes."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.support.passkeys import Passkey
from tests.support.redis_server import running_redis
from tests.support.web_server import ROOT, WebServer, environment_of, web_server

ADA, BOB, CYN = "ada@meadow.example", "bob@meadow.example", "cyn@other.example"
PASSWORD, NEW_PASSWORD = "correct horse battery", "another horse entirely"

pytestmark = pytest.mark.timeout(600)


@dataclass
class Site:
    """``origin`` is where the web process listens."""

    origin: str
    server: WebServer
    settings: dict[str, str]

    def link(self, email: str) -> str:
        """The newest link in the mails to this address, as they lie in the data directory."""
        for path in sorted((self.server.data_dir / "mail").glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=default)
            found = re.search(r"https?://\S+", str(message.get_content()))
            if message["To"] == email and found:
                return found[0]
        raise AssertionError(f"no link was sent to {email}")

    def told_link(self, email: str) -> str:
        """The same, as ``manage.py mail`` prints it."""
        command = [sys.executable, str(ROOT / "manage.py"), "mail", "link", "--to", email]
        environment = environment_of(self.server.data_dir, **self.settings)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    def key(self, email: str) -> str:
        return unquote(self.link(email).rpartition("/")[2])


@dataclass
class App:
    """Somebody's app: allauth's app client and the API, by a session token."""

    site: Site
    session: str = ""

    def auth(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        answer = self._call(method, f"/_allauth/app/v1/{path}", body, **query)
        meta = answer.json().get("meta", {}) if answer.content else {}
        self.session = meta.get("session_token") or self.session
        return answer

    def api(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._call(method, f"/api/v1{path}", body)

    def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return self.auth("POST", "auth/login", {"email": email, "password": password})

    def _call(self, method: str, path: str, body: Any, **query: str) -> httpx.Response:
        headers = {"X-Session-Token": self.session} if self.session else {}
        return httpx.request(method, self.site.origin + path, json=body, headers=headers, params=query, timeout=60)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with TemporaryDirectory(prefix="trainyard-") as sockets, running_redis(Path(sockets, "redis.sock")) as _:
        settings = {"TRAINYARD_REDIS_URL": f"unix://{sockets}/redis.sock", "TRAINYARD_SIGN_UP": "open"}
        with web_server(tmp_path_factory.mktemp("data"), **settings) as server:
            origin = f"http://127.0.0.1:{server.client.base_url.port}"
            yield Site(origin, server, settings)


def code(secret: str, *, ahead: int = 0) -> str:
    raw = base64.b32decode(secret)
    return TOTP(raw, 6, SHA1(), 30).generate(int(time.time()) + ahead).decode()


def signed_up(site: Site, email: str = ADA) -> App:
    """Ada, who has confirmed her address and owns an organization."""
    ada = App(site)
    assert ada.auth("POST", "auth/signup", {"email": email, "password": PASSWORD, "name": "Ada"}).status_code == 401
    assert ada.api("GET", "/me").status_code == 401
    assert site.link(email).startswith("http://127.0.0.1:8000/verify-email/")
    assert ada.auth("POST", "auth/email/verify", {"key": site.key(email)}).status_code == 200
    assert ada.api("GET", "/me").json()["role"] == "owner"
    return ada


def invited(site: Site, ada: App) -> App:
    """Bob, who followed the link that Ada sent."""
    sent = ada.api("POST", "/organization/invitations", {"email": BOB, "role": "admin"})
    assert sent.json()["link"] == site.link(BOB) == site.told_link(BOB)
    offer = httpx.get(f"{site.origin}/api/v1/invitations/{site.key(BOB)}").json()
    assert (offer["email"], offer["role"], offer["has_account"]) == (BOB, "admin", False)
    bob = App(site)
    joined = bob.auth("POST", "auth/signup", {"email": BOB, "password": PASSWORD, "invitation": site.key(BOB)})
    assert joined.status_code == 200, joined.text
    assert bob.api("GET", "/me").json()["role"] == "admin"
    return bob


def unlock(app: App) -> None:
    """An account is changed by whoever knows its password."""
    assert app.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200


def with_authenticator_app(site: Site, ada: App) -> tuple[App, str]:
    """A second session of Ada's, opened by password and code, and the secret of her authenticator app."""
    unlock(ada)
    secret = ada.auth("GET", "account/authenticators/totp").json()["meta"]["secret"]
    assert ada.auth("POST", "account/authenticators/totp", {"code": code(secret)}).status_code == 200
    other = App(site)
    assert other.log_in(ADA).status_code == 401
    assert other.api("GET", "/me").status_code == 401, "the password alone opens nothing any more"
    assert other.auth("POST", "auth/2fa/authenticate", {"code": "000000"}).status_code == 400
    assert other.auth("POST", "auth/2fa/authenticate", {"code": code(secret)}).status_code == 200
    assert other.api("GET", "/me").json()["second_factor"] is True
    return other, secret


def with_passkey(site: Site, bob: App) -> App:
    """A session of Bob's that his passkey alone opened."""
    unlock(bob)
    passkey = Passkey(site.origin)
    options = bob.auth("GET", "account/authenticators/webauthn", passwordless="").json()["data"]["creation_options"]
    made = {"name": "Phone", "credential": passkey.register(options["publicKey"])}
    assert bob.auth("POST", "account/authenticators/webauthn", made).status_code == 200
    phone = App(site)
    asked = phone.auth("GET", "auth/webauthn/login").json()["data"]["request_options"]["publicKey"]
    shown = phone.auth("POST", "auth/webauthn/login", {"credential": passkey.sign(asked)})
    assert shown.status_code == 200, shown.text
    return phone


def test_the_whole_life_of_an_account(site: Site) -> None:
    ada = signed_up(site)
    bob = invited(site, ada)
    other, secret = with_authenticator_app(site, ada)
    assert other.api("PATCH", "/organization", {"requires_second_factor": True}).status_code == 200
    assert bob.api("GET", "/jobs").json()["code"] == "second_factor_required"
    phone = with_passkey(site, bob)
    assert phone.api("GET", "/jobs").status_code == 200, "a passkey is a second factor"

    stranger = App(site)
    assert stranger.auth("POST", "auth/password/request", {"email": ADA}).status_code == 200
    reset = {"key": site.key(ADA), "password": NEW_PASSWORD}
    assert stranger.auth("POST", "auth/password/reset", reset).status_code in {200, 401}
    assert {app.api("GET", "/me").status_code for app in (ada, other)} == {401}, "every session is over"
    assert stranger.log_in(ADA).status_code == 400
    assert stranger.log_in(ADA, NEW_PASSWORD).status_code == 401
    assert stranger.auth("POST", "auth/2fa/authenticate", {"code": code(secret, ahead=30)}).status_code == 200

    sessions = stranger.auth("GET", "auth/sessions").json()["data"]
    assert [session["is_current"] for session in sessions] == [True]
    everywhere = {"sessions": [session["id"] for session in sessions]}
    assert stranger.auth("DELETE", "auth/sessions", everywhere).status_code == 401
    assert stranger.api("GET", "/me").status_code == 401


def test_the_command_line_logs_in_by_a_browser_elsewhere(site: Site, tmp_path: Path) -> None:
    cyn = signed_up(site, CYN)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "sdk"), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "trainyard_client"]
    asked = [*command, "login", "--url", site.origin, "--name", "trainyard on laptop", "--scope", "jobs:read"]
    with subprocess.Popen(asked, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as login:
        assert login.stderr is not None
        shown = next(line.strip() for line in login.stderr if re.fullmatch(r"\s+[A-Z]{4}-[A-Z]{4}\s*", line))
        offer = cyn.api("GET", f"/device-authorizations/{shown}").json()
        assert (offer["client_name"], offer["scopes"]) == ("trainyard on laptop", ["jobs:read"])
        assert cyn.api("POST", f"/device-authorizations/{shown}/approve").status_code == 200
        said, _ = login.communicate(timeout=120)
    assert login.returncode == 0
    assert "Logged in as trainyard on laptop" in said
    told = subprocess.run([*command, "whoami"], env=environment, capture_output=True, text=True, check=True).stdout
    assert json.loads(told)["scopes"] == ["jobs:read"]
    [key] = cyn.api("GET", "/api-keys").json()["data"]
    assert (key["name"], key["role"]) == ("trainyard on laptop", "member")
    refused = subprocess.run(
        [*command, "datasets", "list"], env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 4
