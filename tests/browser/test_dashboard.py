"""The dashboard in a real browser, against the real platform: log in, upload, submit, watch, read the bill."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.data import write_digits
from tests.support.browser import log_in, looked_at, part_of, tab
from tests.support.embedded import Embedded
from tests.support.shared_platform import SHARED

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]

TRAINING_MS = 120_000


def rail_of(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Main", exact=True)


def looks_at_the_data(page: Page, job_name: str) -> None:
    rail_of(page).get_by_role("link", name="Data").click()
    page.get_by_role("link", name="digits").click()
    expect(page.get_by_role("heading", name="Class balance")).to_be_visible()
    expect(page.get_by_role("link", name="Train a model")).to_be_visible()
    looked_at(page, "dataset")
    part_of(page, "Preview").click()
    expect(page.get_by_role("list", name="Some of the images").get_by_role("img")).to_have_count(12)
    looked_at(page, "dataset-preview")
    part_of(page, "Versions").click()
    expect(page.get_by_role("group", name="Versions").get_by_text("digits.zip")).to_be_visible()
    looked_at(page, "dataset-versions")
    part_of(page, "Problems").click()
    expect(page.get_by_text("No problems")).to_be_visible()
    looked_at(page, "dataset-problems")
    part_of(page, "Jobs and models").click()
    expect(page.get_by_role("group", name="Jobs").get_by_role("link", name=job_name)).to_be_visible()
    looked_at(page, "dataset-jobs")


def looks_at_the_model(page: Page, job_name: str) -> None:
    rail_of(page).get_by_role("link", name="Models").click()
    page.get_by_role("link", name=job_name).click()
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    looked_at(page, "model")
    part_of(page, "Results").click()
    expect(page.get_by_role("heading", name="By class")).to_be_visible()
    looked_at(page, "model-results")
    part_of(page, "Files").click()
    page.get_by_role("button", name="Verify the files").click()
    expect(page.get_by_text("sha256sum --check")).to_be_visible()
    looked_at(page, "model-files")
    part_of(page, "Use it").click()
    expect(page.get_by_role("heading", name="From a program")).to_be_visible()
    looked_at(page, "model-use")
    part_of(page, "Lineage").click()
    expect(page.get_by_role("link", name="digits", exact=True)).to_be_visible()
    looked_at(page, "model-lineage")
    page.get_by_role("link", name="Try it").last.click()
    draws_a_digit(page)
    looked_at(page, "model-try")


def looks_at_the_start(page: Page, job_name: str) -> None:
    rail_of(page).get_by_role("link", name="Home").click()
    expect(page.get_by_role("group", name="Jobs").get_by_role("link", name=job_name)).to_be_visible()
    looked_at(page, "home")


def draws_a_digit(page: Page) -> None:
    """A one, by a stroke from above to below, which the model answers."""
    page.get_by_role("button", name="Draw one instead").click()
    sheet = page.get_by_role("img", name="Sheet to draw on")
    box = sheet.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + box["height"] - 30, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("Prediction:")).to_be_visible()


def uploads_and_submits(page: Page, digits: Path) -> None:
    page.get_by_role("link", name="New job").click()
    page.get_by_label("Data file").set_input_files(digits)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text("8 × 8, grey")).to_be_visible(timeout=TRAINING_MS)
    page.get_by_role("radio", name="Convolutional network").click()
    page.get_by_label("Epochs").fill("30")
    page.get_by_label("Spend at most").fill("0.25")
    expect(page.get_by_label("Quote").get_by_text("$0.25")).to_be_visible()
    looked_at(page, "new-job")
    page.get_by_role("button", name="Start training").click()


def test_a_customer_logs_in_uploads_submits_watches_and_reads_the_cost(
    browser: Browser, platform: Embedded, tmp_path: Path
) -> None:
    digits = tmp_path / "digits.zip"
    write_digits(digits)
    with tab(browser, platform) as page:
        page.goto("/jobs")
        expect(page.get_by_role("heading", name="Log in to Trainyard")).to_be_visible()
        looked_at(page, "login")
        log_in(page, platform)
        expect(page.get_by_text("No jobs yet")).to_be_visible()
        looked_at(page, "jobs-empty")

        uploads_and_submits(page, digits)

        curve = page.get_by_role("img", name="Loss over training")
        expect(curve).to_be_visible(timeout=TRAINING_MS)
        before = curve.get_attribute("aria-label")
        expect(page.get_by_text("Running", exact=True)).to_be_visible()
        looked_at(page, "job-running")
        expect(curve).not_to_have_attribute("aria-label", str(before))

        expect(page.get_by_text("Succeeded", exact=True)).to_be_visible(timeout=TRAINING_MS)
        expect(page.get_by_role("heading", name="Test results")).to_be_visible()
        with platform.client() as client:
            job = next(iter(client.jobs.list()))
        assert job.state == "succeeded"
        assert job.cost.billed > 0
        expect(page.get_by_test_id("billed")).to_have_text(f"${job.cost.billed:.6f}")
        looked_at(page, "job-succeeded")

        looks_at_the_data(page, job.name)
        looks_at_the_model(page, job.name)
        looks_at_the_start(page, job.name)


def test_it_speaks_the_language_of_the_browser_or_the_one_chosen(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform, locale="zh-CN") as page:
        page.goto("/")
        page.get_by_label("邮箱").fill(platform.facts["demo_email"])
        page.get_by_label("密码", exact=True).fill(platform.facts["demo_password"])
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("heading", name="首页")).to_be_visible()
        looked_at(page, "home-zh")
        page.get_by_role("button", name="账户菜单").click()
        page.get_by_role("menuitemradio", name="English").click()
        expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def test_a_customer_tops_up_and_sets_a_budget(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform) as page:
        page.goto("/billing")
        log_in(page, platform)
        page.get_by_role("button", name="Top up").click()
        page.get_by_label("Amount (USD)").fill("12.50")
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_text("$12.50 were added to your wallet.")).to_be_visible()
        page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
        part_of(page, "Budgets").click()
        page.get_by_label("Name").fill("Research")
        page.get_by_label("A month").fill("40")
        page.get_by_role("button", name="Set the budget").click()
        expect(page.get_by_role("button", name="Remove the budget Research")).to_be_visible()
        looked_at(page, "budgets")
        part_of(page, "Invoices").click()
        page.get_by_role("link", name="Draft").click()
        expect(page.get_by_role("heading", name="Draft of")).to_be_visible()
        looked_at(page, "invoice")


def test_it_fits_a_narrow_screen_in_the_dark(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform, width=360, height=740) as page:
        page.emulate_media(color_scheme="dark")
        page.goto("/billing")
        log_in(page, platform)
        expect(page.get_by_text("May be spent on new jobs")).to_be_visible()
        for screen in (
            "",
            "data",
            "data/new",
            "jobs",
            "jobs/new",
            "models",
            "billing",
            "billing/invoices",
            "billing/budgets",
            "settings",
        ):
            page.goto(f"/{screen}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_label("Loading")).to_have_count(0)
            looked_at(page, f"narrow-{screen.replace('/', '-') or 'home'}")
            assert page.evaluate("document.documentElement.scrollWidth") == 360
