"""Pictures of every page of the dashboard, for the documentation: ``python -m tests.support.screenshots [NAME …]``.

A platform of its own trains the demo's two models, then each page is written to ``docs/screenshots/`` in light and
dark, 1440 and 390 pixels wide. With names, only those pages.
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from demo.__main__ import train
from tests.support.browser import ARGUMENTS, CHROMIUM
from tests.support.embedded import REPOSITORY, Embedded, running

FOLDER = REPOSITORY / "docs" / "screenshots"
MOST_BYTES = 60_000
VIEWPORTS = {1440: 900, 390: 844}
SCHEMES = ("light", "dark")
QUALITIES = (80, 65, 50, 35, 20)
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Shot:
    """A page, by the name of its pictures."""

    name: str
    path: str


OPERATED = (
    Shot("operate-fleet", "/operate/fleet"),
    Shot("operate-queue", "/operate/queue"),
    Shot("operate-tenants", "/operate/tenants"),
    Shot("operate-jobs", "/operate/jobs"),
    Shot("operate-prices", "/operate/prices"),
    Shot("operate-invoices", "/operate/invoices"),
    Shot("operate-dunning", "/operate/dunning"),
    Shot("operate-revenue", "/operate/revenue"),
    Shot("operate-health", "/operate/health"),
)
JOB_TABS = ("results", "model", "charts", "logs", "timeline", "cost", "spec")
DATASET_TABS = ("preview", "versions", "problems", "jobs")
MODEL_TABS = ("results", "try", "files", "use", "lineage")
PUBLIC = (Shot("login", "/login"), Shot("sign-up", "/sign-up"), Shot("reset-password", "/reset-password"))


def pages_of_customers(platform: Embedded) -> tuple[Shot, ...]:
    """Every page of a customer, with a job, a model, a dataset and, where there is one, an invoice."""
    with platform.client() as client:
        job = next(iter(client.jobs.list()))
        model = next(iter(client.models.list()))
        dataset = next(iter(client.datasets.list()))
        invoices = list(client.billing.invoices())
    return (
        Shot("home", "/"),
        Shot("data", "/data"),
        Shot("data-new", "/data/new"),
        Shot("dataset", f"/data/{dataset.id}"),
        *(Shot(f"dataset-{name}", f"/data/{dataset.id}/{name}") for name in DATASET_TABS),
        Shot("jobs", "/jobs"),
        Shot("job-new", "/jobs/new"),
        Shot("job", f"/jobs/{job.id}"),
        *(Shot(f"job-{name}", f"/jobs/{job.id}/{name}") for name in JOB_TABS),
        Shot("models", "/models"),
        Shot("model", f"/models/{model.id}"),
        *(Shot(f"model-{name}", f"/models/{model.id}/{name}") for name in MODEL_TABS),
        Shot("billing-usage", "/billing"),
        Shot("billing-ledger", "/billing/ledger"),
        Shot("billing-invoices", "/billing/invoices"),
        *(Shot("billing-invoice", f"/billing/invoices/{invoice.id}") for invoice in invoices[:1]),
        Shot("billing-plan", "/billing/plan"),
        Shot("billing-budgets", "/billing/budgets"),
        Shot("settings", "/settings"),
        Shot("settings-members", "/settings/members"),
        Shot("settings-api-keys", "/settings/api-keys"),
        Shot("settings-webhooks", "/settings/webhooks"),
        Shot("settings-security", "/settings/security"),
        Shot("settings-audit-log", "/settings/audit-log"),
    )


def main(names: list[str]) -> int:
    """Writes the pictures; returns the exit status."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as directory, running(Path(directory) / "data") as platform:
        with platform.client() as client:
            train(client)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
            customers = pages_of_customers(platform)
            for who, shots in ((None, PUBLIC), ("demo", customers), ("admin", OPERATED)):
                take(browser, platform, who, [shot for shot in shots if not names or shot.name in names])
    return 0


def take(browser: Browser, platform: Embedded, who: str | None, shots: list[Shot]) -> None:
    """Pictures of ``shots``, logged in as ``who``, if anybody."""
    if not shots:
        return
    for width, page in windows(browser, platform):
        if who is not None:
            log_in(page, platform, who)
        for shot in shots:
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                write(page, platform, shot, FOLDER / f"{shot.name}-{scheme}-{width}.webp")


def windows(browser: Browser, platform: Embedded) -> Iterator[tuple[int, Page]]:
    for width, height in VIEWPORTS.items():
        size = {"width": width, "height": height}
        base_url = platform.facts["base_url"]
        with browser.new_context(base_url=base_url, viewport=size, locale="en-GB", reduced_motion="reduce") as context:
            yield width, context.new_page()


def log_in(page: Page, platform: Embedded, who: str) -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(platform.facts[f"{who}_email"])
    page.get_by_label("Password", exact=True).fill(platform.facts[f"{who}_password"])
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url, timeout=PATIENCE_MS)


def write(page: Page, platform: Embedded, shot: Shot, path: Path) -> None:
    """The page once all that it shows has come, as WebP of at most ``MOST_BYTES``."""
    if urlsplit(page.url).path != shot.path:
        page.goto(shot.path)
    page.get_by_role("heading", level=1).first.wait_for(timeout=PATIENCE_MS)
    page.mouse.move(1, 1)  # what is below the first screen comes once somebody begins to use the page
    page.mouse.move(2, 2)
    page.get_by_label("Loading").first.wait_for(state="detached", timeout=PATIENCE_MS)
    path.write_bytes(compressed(page.screenshot(animations="disabled")))
    print(path.relative_to(REPOSITORY), path.stat().st_size)


def compressed(png: bytes) -> bytes:
    """WebP of the best quality that is small enough. Raises ``ValueError`` where none is."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        output = io.BytesIO()
        image.save(output, "WEBP", quality=quality, method=6)
        if output.tell() <= MOST_BYTES:
            return output.getvalue()
    raise ValueError(f"the picture takes {output.tell():,} bytes at the lowest quality")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
