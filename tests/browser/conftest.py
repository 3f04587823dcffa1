"""One platform for all, a tenant and a browser for each module of tests; every test has a profile of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.browser import ARGUMENTS, CHROMIUM, CHROMIUM_NAMES, DIST
from tests.support.embedded import Embedded
from tests.support.shared_platform import as_new_tenant

expect.set_options(timeout=30_000)  # a condition ends it, and a machine with much else to do takes long


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(CHROMIUM_NAMES)})")
    assert DIST.is_file(), "the dashboard is not built: run make setup"
    return CHROMIUM


@pytest.fixture(scope="module")
def platform(chromium: str, shared_platform: Embedded) -> Embedded:
    """As a tenant of the module's own."""
    return as_new_tenant(shared_platform, "Meadow Labs")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()
