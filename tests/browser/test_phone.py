"""Every page on a phone: nothing makes it scroll sideways, and no amount stands beyond its edge."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import log_in, tab
from tests.support.embedded import Embedded
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.screenshots import OPERATED, pages_of_customers
from tests.support.shared_platform import SHARED

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]

WIDTH = 390
AMOUNTS_BEYOND = """() => {
  const beyond = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (!/[$€£¥]\\s?[\\d,.]/.test(texts.currentNode.textContent)) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const { left, right, width } = range.getBoundingClientRect();
    if (width > 1 && (left < 0 || right > innerWidth)) beyond.push(texts.currentNode.textContent);
  }
  return beyond;
}"""
"""Texts with an amount of money that cannot be seen without scrolling sideways."""


@pytest.fixture(scope="module")
def used(platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """A tenant with a dataset, a job that was billed, and a model."""
    with platform.client() as client:
        version = upload_table(client, tmp_path_factory.mktemp("phone"))
        job = client.jobs.submit({**table_spec(version, epochs=2), "name": "a-name-that-is-long-for-a-phone"})
        client.jobs.wait(job.id, check=True)
    return platform


@pytest.fixture
def phone(browser: Browser, used: Embedded) -> Iterator[Page]:
    with tab(browser, used, width=WIDTH, height=844) as page:
        page.goto("/billing")
        log_in(page, used)
        yield page


def test_every_page_fits_a_phone(phone: Page, used: Embedded) -> None:
    wrong = []
    for shot in pages_of_customers(used):
        phone.goto(shot.path)
        expect(phone.get_by_role("heading", level=1).first).to_be_visible()
        phone.mouse.move(1, 1)  # what is below the first screen comes too
        phone.mouse.move(2, 2)
        expect(phone.get_by_label("Loading")).to_have_count(0)
        width = phone.evaluate("document.documentElement.scrollWidth")
        beyond = phone.evaluate(AMOUNTS_BEYOND)
        if width > WIDTH or beyond:
            wrong.append((shot.path, width, beyond))
    assert wrong == []


def test_every_page_of_operators_fits_and_is_reached_by_the_thumb(browser: Browser, used: Embedded) -> None:
    wrong = []
    with tab(browser, used, width=WIDTH, height=844) as page:
        page.goto("/login")
        log_in(page, used, who="admin")
        bar = page.get_by_role("navigation", name="Main, below")
        bar.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name="Revenue", exact=True).click()
        expect(page.get_by_role("heading", level=1, name="Revenue")).to_be_visible()
        for shot in OPERATED:
            page.goto(shot.path)
            expect(page.get_by_role("heading", level=1).first).to_be_visible()
            expect(page.get_by_label("Loading")).to_have_count(0)
            width = page.evaluate("document.documentElement.scrollWidth")
            beyond = page.evaluate(AMOUNTS_BEYOND)
            if width > WIDTH or beyond:
                wrong.append((shot.path, width, beyond))
    assert wrong == []


def test_what_a_job_used_is_seen_with_its_amount(phone: Page) -> None:
    usage = phone.get_by_role("group", name="Usage", exact=True)
    amount = usage.get_by_text("$").last
    amount.scroll_into_view_if_needed()
    expect(amount).to_be_in_viewport(ratio=1)
