"""The dashboard in a real browser: tabs of fresh profiles, logging in, and looking at what is there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page

from tests.support.embedded import REPOSITORY, Embedded

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A test picture and a beeping tone, and nobody is asked whether the page may have them.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DIST = REPOSITORY / "frontend" / "dist" / "index.html"
SCREENSHOTS = REPOSITORY / "test-results"
WEIGHTY = ("serious", "critical")


@contextmanager
def tab(
    browser: Browser, platform: Embedded, locale: str = "en-GB", refused: tuple[int, ...] = (), **options: int
) -> Iterator[Page]:
    """A page of a fresh profile. Errors in its console fail the test, but for answers of the statuses ``refused``.

    Of what a failing test saw last a picture is kept.
    """
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(f"status of {status}" in message.text for status in refused):
            errors.append(f"{message.text} {message.location}")

    with browser.new_context(
        base_url=platform.facts["base_url"], viewport={"width": 1280, "height": 900, **options}, locale=locale
    ) as context:
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            yield page
        except BaseException:
            with suppress(Error):
                keep_picture(page, f"failed-{uuid4().hex[:8]}")
            raise
        assert errors == []


def log_in(page: Page, platform: Embedded, who: str = "demo") -> None:
    page.get_by_label("Email").fill(platform.facts[f"{who}_email"])
    page.get_by_label("Password", exact=True).fill(platform.facts[f"{who}_password"])
    page.get_by_role("button", name="Log in", exact=True).click()


def part_of(page: Page, name: str, *, current: bool = False) -> Locator:
    """The link to a part of the page that is shown; ``current``: if it is the one that is open."""
    parts = page.get_by_role("navigation", name="Parts of this page")
    link = parts.get_by_role("link", name=name, exact=True)
    return link.and_(page.locator("[aria-current=page]")) if current else link


def looked_at(page: Page, name: str) -> None:
    """Holds the screen against axe's rules of weight, and keeps a picture of one that breaks them, as ``name``."""
    if not page.evaluate("() => 'axe' in window"):  # it is there until another document is loaded
        page.evaluate(f"() => {{ {AXE.read_text()} }}")
    violations = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    grave = [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations if v["impact"] in WEIGHTY]
    if grave:
        keep_picture(page, name)
    assert grave == [], grave


def keep_picture(page: Page, name: str) -> None:
    """A screenshot of the whole page, in ``test-results/``."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
