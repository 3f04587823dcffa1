"""Somebody logs in with the OpenID Connect provider of the settings, as their browser does it."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from tests.support.accounts import ALLAUTH, Browser
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, new_key, openid_provider
from trainyard.config.account_settings import OIDC_PROVIDER, openid_connect
from trainyard.tenants.models import Organization, User

ADA = "ada@meadow.example"
CLAIMS = {"sub": "u-1", "email": ADA, "email_verified": True, "name": "Ada"}


@pytest.fixture
def provider(settings: Settings) -> Iterator[OpenIdProvider]:
    with openid_provider(CLAIMS) as provider:
        environment = settings.ENVIRONMENT.model_copy(
            update={
                "oidc_server_url": provider.address,
                "oidc_client_id": CLIENT_ID,
                "oidc_client_secret": CLIENT_SECRET,
            }
        )
        settings.SOCIALACCOUNT_PROVIDERS = openid_connect(environment)
        yield provider


def go_to_provider(browser: Browser) -> str:
    """Where the browser is sent to log in."""
    browser.client.get(f"{ALLAUTH}/config")
    form = {"provider": OIDC_PROVIDER, "callback_url": "/", "process": "login"}
    token = {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    sent = browser.client.post(f"{ALLAUTH}/auth/provider/redirect", form, headers=token)
    assert sent.status_code == 302
    return str(sent.headers["Location"])


def come_back(browser: Browser, address: str) -> Any:
    parts = urlsplit(address)
    return browser.client.get(f"{parts.path}?{parts.query}")


def log_in(browser: Browser, provider: OpenIdProvider) -> Any:
    return come_back(browser, provider.log_in(go_to_provider(browser)))


def is_logged_in(browser: Browser) -> bool:
    return bool(browser.client.get("/api/v1/me").status_code == 200)


def test_a_person_whom_the_provider_vouches_for_signs_up_and_owns_an_organization(
    browser: Browser, provider: OpenIdProvider
) -> None:
    back = log_in(browser, provider)
    assert (back.status_code, back.headers["Location"]) == (302, "/")
    me = browser.me()
    assert (me["name"], me["email"], me["role"]) == ("Ada", ADA, "owner")


def test_they_log_in_again_as_the_same_person(
    browser: Browser, new_browser: Callable[[], Browser], provider: OpenIdProvider
) -> None:
    log_in(browser, provider)
    other = new_browser()
    log_in(other, provider)
    assert other.me()["id"] == browser.me()["id"]
    assert (User.objects.count(), Organization.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "changes", [{"aud": "another"}, {"iss": "https://other.example"}, {"exp": int(time.time()) - 60}]
)
def test_a_token_for_another_client_of_another_issuer_or_that_is_over_logs_nobody_in(
    browser: Browser, provider: OpenIdProvider, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    log_in(browser, provider)
    assert not is_logged_in(browser)
    assert not User.objects.exists()


def test_a_code_is_good_once_and_for_the_browser_that_asked(
    browser: Browser, new_browser: Callable[[], Browser], provider: OpenIdProvider
) -> None:
    callback = provider.log_in(go_to_provider(browser))
    thief = new_browser()
    come_back(thief, callback)
    assert not is_logged_in(thief)
    come_back(browser, callback)
    assert is_logged_in(browser)
    assert parse_qs(urlsplit(callback).query)["code"][0] not in provider.codes
    come_back(thief, callback)
    assert not is_logged_in(thief)


def test_the_provider_takes_over_no_account_that_was_made_with_a_password(
    browser: Browser, new_browser: Callable[[], Browser], provider: OpenIdProvider
) -> None:
    browser.sign_up(ADA)
    browser.verify(ADA)
    other = new_browser()
    log_in(other, provider)
    assert not is_logged_in(other)
    assert User.objects.count() == 1


def test_where_sign_up_is_closed_the_provider_opens_no_account(
    browser: Browser, provider: OpenIdProvider, sign_up_is: Callable[..., None]
) -> None:
    sign_up_is("closed")
    log_in(browser, provider)
    assert not is_logged_in(browser)
    assert not User.objects.exists()


def test_an_id_token_that_comes_by_the_browser_is_believed_by_its_signature_alone(
    browser: Browser, provider: OpenIdProvider
) -> None:
    def sent() -> int:
        token = {"client_id": CLIENT_ID, "id_token": provider.id_token()}
        body = {"provider": OIDC_PROVIDER, "process": "login", "token": token}
        return int(browser.allauth("post", "auth/provider/token", body).status_code)

    provider.signing_key = new_key()
    assert sent() == 400
    assert not is_logged_in(browser)
    provider.signing_key = None
    assert sent() == 200
    assert browser.me()["email"] == ADA
