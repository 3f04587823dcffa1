"""Accounts in a real browser: sign up, confirm the address, invite, join, secure the log-in, reset the password."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import looked_at, tab
from tests.support.embedded import Embedded
from tests.support.mailbox import link_to
from tests.support.shared_platform import SHARED

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]

PASSWORD = "a long enough phrase"
NEEDS_MORE = (401,)
"""What allauth answers while something is left to do before somebody is logged in."""


def sign_up(page: Page, email: str) -> None:
    expect(page.get_by_role("button", name="Create the account")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()


def code_of(secret: str) -> str:
    """RFC 6238 with the defaults of authenticator apps: SHA-1, 30 seconds, six digits."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_somebody_signs_up_invites_a_colleague_and_turns_on_a_second_factor(
    browser: Browser, platform: Embedded
) -> None:
    with tab(browser, platform, refused=(*NEEDS_MORE, 404)) as page:
        page.goto("/login")
        page.get_by_role("link", name="Sign up").click()
        looked_at(page, "sign-up")
        sign_up(page, "owner@example.org")
        expect(page.get_by_text("We have sent a link to owner@example.org")).to_be_visible()
        page.goto(link_to(platform, "owner@example.org", "verify-email"))
        expect(page.get_by_text("Your address is confirmed.")).to_be_visible()
        page.get_by_role("link", name="Go on").click()
        expect(page.get_by_role("heading", name="Your first model")).to_be_visible()
        invite(page)
        secret = turn_on_second_factor(page)

    join(browser, platform)
    with tab(browser, platform, refused=NEEDS_MORE) as page:
        page.goto("/login")
        page.get_by_label("Email").fill("owner@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.get_by_label("Code").fill(code_of(secret))
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def invite(page: Page) -> None:
    page.goto("/settings/members")
    page.get_by_label("Email").fill("viewer@example.org")
    page.get_by_role("combobox", name="Role", exact=True).click()
    page.get_by_role("option", name="Viewer").click()
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    looked_at(page, "settings-members")


def turn_on_second_factor(page: Page) -> str:
    page.goto("/settings/security")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("code").first.inner_text()
    page.get_by_label("The code that it shows").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("dialog").get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Recovery codes: shown this once")).to_be_visible()
    looked_at(page, "settings-security")
    return secret


def join(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform, refused=NEEDS_MORE) as page:
        page.goto(link_to(platform, "viewer@example.org", "invitations"))
        expect(page.get_by_text("as Viewer")).to_be_visible()
        looked_at(page, "invitation")
        page.get_by_role("link", name="Create the account").click()
        sign_up(page, "viewer@example.org")
        expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
        expect(page.get_by_text("Your role reads only")).to_be_visible()
        expect(page.get_by_role("link", name="New job")).to_have_count(0)


def test_a_forgotten_password_is_set_anew(browser: Browser, platform: Embedded) -> None:
    email = platform.facts["demo_email"]
    with tab(browser, platform, refused=NEEDS_MORE) as page:
        page.goto("/login")
        page.get_by_role("link", name="Forgot your password?").click()
        expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
        page.get_by_label("Email").fill(email)
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_text("is on its way")).to_be_visible()
        page.goto(link_to(platform, email, "reset-password"))
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set this password").click()
        expect(page.get_by_text("Your password is changed.")).to_be_visible()
        page.get_by_role("link", name="Back to the log-in").click()
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
