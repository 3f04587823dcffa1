"""One platform and one browser for each module of tests; every test has a profile of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.browser import ARGUMENTS, CHROMIUM, CHROMIUM_NAMES, DIST
from tests.support.embedded import Embedded, running

expect.set_options(timeout=30_000)  # a condition ends it, and a machine with much else to do takes long


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    if CHROMIUM is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(CHROMIUM_NAMES)})")
    assert DIST.is_file(), "the dashboard is not built: run make setup"
    with running(tmp_path_factory.mktemp("browser") / "data") as platform:
        yield platform


@pytest.fixture(scope="module")
def browser(platform: Embedded) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()
