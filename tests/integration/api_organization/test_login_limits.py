"""Attack: guessing passwords. Who guesses is locked out, and the owner never by others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tests.support.logins import EMAIL, LOGIN, PASSWORD
from trainyard.core.time import database_now
from trainyard.tenants import login_limits, operations
from trainyard.tenants.models import User

pytestmark = pytest.mark.usefixtures("own_cache")

HOME, ELSEWHERE, ATTACKER = "192.0.2.1", "192.0.2.2", "198.51.100.7"

LogIn = Callable[..., str]


def log_in(
    password: str = PASSWORD, *, address: str, email: str = EMAIL, browser: Client | None = None, **headers: str
) -> str:
    """``in``, or the code of the refusal."""
    body = {"email": email, "password": password}
    answer: Any = (browser or Client()).post(
        LOGIN, body, content_type="application/json", headers=headers, REMOTE_ADDR=address
    )
    return "in" if answer.status_code == 200 else str(answer.json()["errors"][0]["code"])


def guess(times: int, *, address: str = ATTACKER, email: str = EMAIL) -> list[str]:
    return [log_in(f"wrong {number}", address=address, email=email) for number in range(times)]


def test_who_guesses_is_locked_out_and_nobody_else(ada: User) -> None:
    codes = guess(login_limits.PAIR.most + 1)
    assert codes[0] == "email_password_mismatch"
    assert codes[-1] == "too_many_login_attempts"
    assert log_in(address=ATTACKER) == "too_many_login_attempts", "the right password does not help now"
    assert log_in(address=HOME) == "in"


def test_a_claimed_address_is_not_believed(ada: User) -> None:
    for number in range(login_limits.PAIR.most + 1):
        code = log_in("wrong", address=ATTACKER, **{"X-Forwarded-For": f"203.0.113.{number}"})
    assert code == "too_many_login_attempts"


def test_an_address_that_guesses_many_accounts_is_locked_out(ada: User) -> None:
    for number in range(login_limits.ADDRESS.most):
        guess(1, email=f"somebody{number}@meadow.example")
    assert log_in(address=ATTACKER) == "too_many_login_attempts"
    assert log_in(address=HOME) == "in"


def test_addresses_of_one_ipv6_network_guess_as_one(ada: User) -> None:
    for number in range(login_limits.PAIR.most + 1):
        code = log_in("wrong", address=f"2001:db8:0:7::{number + 1:x}")
    assert code == "too_many_login_attempts"
    assert log_in(address="2001:db8:0:8::1") == "in"


class TestGuessingFromEverywhere:
    @pytest.fixture
    def browser(self, ada: User) -> Client:
        """Somebody's, who logged in with it before."""
        browser = Client()
        assert log_in(address=HOME, browser=browser) == "in"
        browser.cookies.pop("sessionid")
        return browser

    @pytest.fixture
    def guessed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(login_limits, "ACCOUNT", login_limits.Limit("account", most=10, seconds=3_600))
        for number in range(11):
            guess(1, address=f"198.51.100.{number}")

    def test_an_account_is_locked_for_strangers(self, ada: User, guessed: None) -> None:
        assert log_in(address=ELSEWHERE) == "too_many_login_attempts"

    def test_but_not_for_a_known_device(self, browser: Client, guessed: None) -> None:
        assert log_in(address=ATTACKER, browser=browser) == "in"

    def test_operators_let_somebody_in(self, ada: User, guessed: None) -> None:
        call_command("unlock_login", email=EMAIL)
        assert log_in(address=ELSEWHERE) == "in"

    def test_a_known_device_is_one_of_its_own_account_alone(self, browser: Client, guessed: None) -> None:
        operations.create_user(email="bob@meadow.example", password=PASSWORD, now=database_now())
        for number in range(11):
            guess(1, address=f"198.51.100.{number}", email="bob@meadow.example")
        assert log_in(address=HOME, email="bob@meadow.example", browser=browser) == "too_many_login_attempts"

    def test_a_stolen_device_does_not_guess_for_ever(self, browser: Client) -> None:
        for number in range(login_limits.DEVICE.most + 1):
            code = log_in(f"wrong {number}", address=f"198.51.100.{number}", browser=browser)
        assert code == "too_many_login_attempts"
        assert log_in(address=HOME) == "in"

    def test_a_forged_cookie_is_none(self, ada: User, guessed: None) -> None:
        browser = Client()
        browser.cookies[login_limits.COOKIE] = "eyJhIjoiYiJ9:1abc:forged"
        assert log_in(address=ELSEWHERE, browser=browser) == "too_many_login_attempts"


def test_logging_in_often_locks_nobody(ada: User) -> None:
    assert {log_in(address=HOME) for _ in range(2 * login_limits.ADDRESS.most)} == {"in"}


def test_without_its_counters_nobody_guesses(ada: User, settings: Settings) -> None:
    redis = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": redis, "LOCATION": "unix:///nowhere/redis.sock"}}
    body = {"email": EMAIL, "password": PASSWORD}
    for path in (LOGIN, "/admin/login/"):
        form = {"username": EMAIL, "password": PASSWORD} if path != LOGIN else body
        kind = {} if path != LOGIN else {"content_type": "application/json"}
        answer = Client().post(path, form, **kind)
        assert (answer.status_code, answer.json()["code"]) == (503, "login_unavailable")
        assert answer.headers["Retry-After"]


def test_the_cookie_is_out_of_reach_of_scripts(ada: User, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    log_in(address=HOME, browser=browser)
    cookie = browser.cookies[login_limits.COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert EMAIL not in cookie.value
