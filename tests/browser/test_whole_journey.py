"""The whole way of a newcomer in a real browser: an account, a model from sample data, an answer of it, the invoice."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import looked_at, part_of, tab
from tests.support.embedded import Embedded, running
from tests.support.mailbox import link_to

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

EMAIL, PASSWORD = "newcomer@example.org", "a long enough phrase"
SAMPLE = "Customers who leave"
TRAINING_MS = 120_000
NEEDS_MORE = (401,)


@pytest.fixture(scope="module")
def billed_platform(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A platform whose operator may move billing's calendar ahead."""
    with running(tmp_path_factory.mktemp("journey") / "data", TRAINYARD_TEST_CLOCK="1") as platform:
        yield platform


def test_a_newcomer_goes_from_sign_up_to_the_invoice(browser: Browser, billed_platform: Embedded) -> None:
    with tab(browser, billed_platform, refused=NEEDS_MORE) as page:
        signs_up(page, billed_platform)
        first = trains_on_sample_data(page)
        job_id = re.findall(r"job_[0-9a-z]+", page.url)[0]
        second = trains_it_again_for_less_time(page, first)
        compares(page, first, second)
        predicts(page, first)
        reads_the_invoice(page, billed_platform, job_id)


def rail(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=name).click()


def signs_up(page: Page, platform: Embedded) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    expect(page.get_by_role("heading", name="Sign up")).to_be_visible()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text(f"We have sent a link to {EMAIL}")).to_be_visible()
    page.goto(link_to(platform, EMAIL, "verify-email"))
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="Your first model")).to_be_visible()


def trains_on_sample_data(page: Page) -> str:
    """Takes a sample and what is filled in for it, and watches; returns the job's name."""
    page.get_by_role("button", name=SAMPLE).click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=TRAINING_MS)
    expect(page.get_by_label("Quote").get_by_text("Never more than")).to_be_visible()
    name = page.get_by_label("Job name").input_value()
    looked_at(page, "journey-new-job")
    tops_up(page)
    page.get_by_role("button", name="Start training").click()
    watches(page, name)
    looked_at(page, "journey-trained")
    return name


def tops_up(page: Page) -> None:
    """Where the form says that the wallet is empty."""
    expect(page.get_by_text("The wallet is empty")).to_be_visible()
    page.get_by_role("button", name="Top up").click()
    page.get_by_label("Amount (USD)").fill("5")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("$5.00 were added to your wallet.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(page.get_by_text("The wallet is empty")).to_have_count(0)


def watches(page: Page, name: str) -> None:
    """The page of a job until it has succeeded, which nobody has to reload."""
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Loss over training")).to_be_visible(timeout=TRAINING_MS)
    expect(page.get_by_text("Succeeded", exact=True)).to_be_visible(timeout=TRAINING_MS)
    expect(page.get_by_role("heading", name="Test results")).to_be_visible()
    expect(page.get_by_test_id("billed")).to_have_text(re.compile(r"^\$0\.\d*[1-9]"))


def trains_it_again_for_less_time(page: Page, first: str) -> str:
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_text(f"{first} (2)")).to_have_count(0)
    page.get_by_text("Fast", exact=True).click()
    expect(page.get_by_label("Epochs", exact=True)).not_to_have_value("")
    page.get_by_role("button", name="Start training").click()
    watches(page, f"{first} (2)")
    return f"{first} (2)"


def compares(page: Page, first: str, second: str) -> None:
    rail(page, "Jobs")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("img", name="Validation loss over training")).to_be_visible()
    for name in (first, second):
        expect(page.get_by_role("checkbox", name=f"Draw {name}", exact=True)).to_be_checked()
    expect(page.get_by_text("Epochs", exact=True).first).to_be_visible()
    looked_at(page, "journey-compared")


def predicts(page: Page, first: str) -> None:
    rail(page, "Models")
    page.get_by_role("link", name=first, exact=True).click()
    part_of(page, "Try it").click()
    page.get_by_role("button", name="Take a row of the test set").click()
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text("Prediction:")).to_be_visible()
    looked_at(page, "journey-predicted")


def reads_the_invoice(page: Page, platform: Embedded, job_id: str) -> None:
    """Once the month is over."""
    closes_the_month(platform)
    rail(page, "Billing")
    part_of(page, "Invoices").click()
    paid = page.get_by_role("row").filter(has_text="Paid")
    for _ in range(60):  # looks again, as one does who waits for it
        if paid.count():
            break
        with page.expect_response("**/api/v1/invoices*"):
            page.reload()
        expect(page.get_by_role("group", name="Invoices")).to_be_visible()
    paid.get_by_role("link").first.click()
    line = page.get_by_role("cell", name=re.compile(rf"Training, job .+ \({job_id}\)"))
    expect(line.get_by_role("link")).to_be_visible()  # named as the job is
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")
    looked_at(page, "journey-invoice")


def closes_the_month(platform: Embedded) -> None:
    """The operator's part, which no customer sees."""
    first_of_next = (datetime.now(UTC).replace(day=1) + timedelta(days=32)).replace(day=3)
    headers = {"Authorization": f"Bearer {platform.facts['admin_api_key']}"}
    address = f"{platform.facts['base_url']}/api/v1/admin/test-clock"
    httpx.post(address, json={"now": first_of_next.isoformat()}, headers=headers).raise_for_status()
