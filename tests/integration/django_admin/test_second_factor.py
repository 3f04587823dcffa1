"""Attack: a stolen password of an operator. Without the second factor it opens no page and no call of operators."""

import base64
import hashlib
import time
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core.management import CommandError, call_command
from django.test import Client
from operator_pages import PASSWORD
from pytest_django import Settings

from tests.support.platform import START
from trainyard.core.models import AuditEvent
from trainyard.tenants import operations
from trainyard.tenants.models import User

EMAIL = "op@trainyard.example"
AUTH = "/_allauth/browser/v1/auth"
ADMIN_CALL = "/api/v1/admin/organizations"


@pytest.fixture
def op(db: None) -> User:
    return operations.create_user(email=EMAIL, password=PASSWORD, now=START, is_operator=True)


@pytest.fixture
def secret(op: User) -> bytes:
    """What the operator's authenticator app has read."""
    out = StringIO()
    call_command("second_factor", email=EMAIL, stdout=out)
    address = urlsplit(out.getvalue().strip())
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    text = parse_qs(address.query)["secret"][0]
    assert text not in str(Authenticator.objects.values()), "it is stored encrypted"
    return base64.b32decode(text + "=" * (-len(text) % 8))


def code_of(secret: bytes, *, seconds: float = 0.0) -> str:
    return TOTP(secret, 6, SHA1(), 30).generate(int(time.time() + seconds)).decode()


def log_in(code: str = "", *, password: str = PASSWORD) -> tuple[Client, Any]:
    browser = Client()
    form = {"username": EMAIL, "password": password, "code": code}
    return browser, browser.post("/admin/login/?next=/admin/", form)


def is_operator(browser: Client) -> bool:
    enters = browser.get("/admin/").status_code == 200
    assert (browser.get(ADMIN_CALL).status_code == 200) == enters
    assert browser.get("/api/v1/me").json().get("is_operator", False) == enters
    return enters


def test_the_password_alone_opens_nothing(secret: bytes) -> None:
    browser, answer = log_in()
    assert "authenticator app" in answer.content.decode()
    assert not is_operator(browser)


def test_the_dashboards_log_in_is_no_way_around(secret: bytes, op: User) -> None:
    browser = Client()
    answer = browser.post(f"{AUTH}/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    assert answer.status_code == 401
    assert not is_operator(browser)
    assert "/admin/login/" in browser.get("/admin/tenants/organization/").headers["Location"]
    browser.post(f"{AUTH}/2fa/authenticate", {"code": code_of(secret)}, content_type="application/json")
    assert browser.get("/api/v1/me").json()["id"] == op.id
    assert is_operator(browser)


def test_a_session_from_before_the_second_factor_is_no_operators(op: User) -> None:
    browser, _ = log_in()
    assert is_operator(browser)
    call_command("second_factor", email=EMAIL, stdout=StringIO())
    assert not is_operator(browser)


def test_secrets_of_earlier_releases_still_count(op: User, settings: Settings) -> None:
    raw = b"twenty-bytes-of-this"
    key = base64.urlsafe_b64encode(hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest())
    stored = Fernet(key).encrypt(raw).decode()
    Authenticator.objects.create(user=op, type=Authenticator.Type.TOTP, data={"secret": stored})
    assert log_in(code_of(raw))[1].status_code == 302


def test_password_and_code_open_both(secret: bytes) -> None:
    browser, answer = log_in(code_of(secret))
    assert answer.status_code == 302
    assert is_operator(browser)


def test_a_code_works_once_and_not_much_later(secret: bytes) -> None:
    code = code_of(secret)
    assert log_in(code)[1].status_code == 302
    assert log_in(code)[1].status_code == 200
    assert log_in(code_of(secret, seconds=-300))[1].status_code == 200
    assert log_in(code_of(secret, seconds=300))[1].status_code == 200


def test_a_code_without_the_password_is_nothing(secret: bytes) -> None:
    assert log_in(code_of(secret), password="wrong")[1].status_code == 200


def test_guessing_codes_is_limited(secret: bytes) -> None:
    pages = [log_in("000000")[1].content.decode() for _ in range(7)]
    assert "Too many wrong codes" in pages[-1]
    assert log_in(code_of(secret))[1].status_code == 200


def test_where_it_is_required_nobody_is_an_operator_without(op: User, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"operator_second_factor": "required"})
    assert not is_operator(log_in()[0])


@pytest.mark.parametrize(
    ("address", "required"), [("https://train.example.com", True), ("http://127.0.0.1:8000", False)]
)
def test_a_public_platform_requires_it(address: str, required: bool, settings: Settings) -> None:
    environment = settings.ENVIRONMENT.model_copy(update={"public_url": address})
    assert environment.requires_second_factor is required


def test_a_lost_one_is_taken_away_at_the_command_line(secret: bytes, op: User) -> None:
    call_command("second_factor", email=EMAIL, remove=True, stdout=StringIO())
    assert log_in()[1].status_code == 302
    actions = set(AuditEvent.objects.filter(target=op.id).values_list("action", flat=True))
    assert {"second_factor.enrol", "second_factor.remove"} <= actions
    with pytest.raises(CommandError, match="There is no account"):
        call_command("second_factor", email="nobody@trainyard.example")


def test_another_secret_key_makes_old_ones_worthless(secret: bytes, settings: Settings) -> None:
    settings.SECRET_KEY = "another-secret-key-of-the-platform-0123"
    assert log_in(code_of(secret))[1].status_code == 200
