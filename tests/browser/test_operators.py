"""Operators and settings in a real browser: drain a worker, look at a tenant, try an endpoint, go by the palette."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import looked_at, part_of, tab
from tests.support.embedded import Embedded
from tests.support.shared_platform import SHARED
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]

OPERATOR_PAGES = ("fleet", "queue", "tenants", "jobs", "prices", "invoices", "dunning", "revenue", "health")
"""Each below ``/operate/``."""


def log_in_as(page: Page, platform: Embedded, who: str, *, path: str = "/") -> None:
    page.goto(path)
    page.get_by_label("Email").fill(platform.facts[f"{who}_email"])
    page.get_by_label("Password", exact=True).fill(platform.facts[f"{who}_password"])
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible()


@pytest.fixture(scope="module")
def platform(chromium: str, shared_platform: Embedded) -> Embedded:
    """As the demo tenant, whom operators find by its name."""
    return shared_platform


@pytest.fixture
def operator(browser: Browser, platform: Embedded) -> Iterator[Page]:
    with tab(browser, platform) as page:
        log_in_as(page, platform, "admin")
        yield page


def test_an_operator_without_an_organization_lands_on_the_fleet_and_drains_a_worker(
    operator: Page, platform: Embedded
) -> None:
    page = operator
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
    looked_at(page, "fleet")
    row = page.get_by_role("row").filter(has_text="Active")
    row.get_by_role("button", name="Actions on").click()
    looked_at(page, "fleet-menu")
    page.get_by_role("menuitem", name="Drain").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("A new disk comes")
    looked_at(page, "fleet-drain")
    dialog.get_by_role("button", name="Drain").click()
    draining = page.get_by_role("row").filter(has_text="A new disk comes")
    expect(draining.get_by_text("Draining", exact=True)).to_be_visible()
    with platform.client("admin_api_key") as client:
        [worker] = list(client.admin.workers.list())
        assert worker.state == "draining"
        draining.get_by_role("button", name="Actions on").click()
        page.get_by_role("menuitem", name="Put back").click()
        page.get_by_role("dialog").get_by_role("button", name="Put back").click()
        wait_for(lambda: [worker.state for worker in client.admin.workers.list()] == ["active"])


def test_every_page_of_operators_can_be_read_by_all(operator: Page) -> None:
    for name in OPERATOR_PAGES:
        operator.goto(f"/operate/{name}")
        expect(operator.get_by_role("heading", level=1)).to_be_visible()
        expect(operator.get_by_label("Loading")).to_have_count(0)
        looked_at(operator, f"operate-{name}")


def test_an_operator_looks_at_a_tenant_and_the_tenant_sees_it(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform) as page:
        log_in_as(page, platform, "admin", path="/operate/tenants")
        page.get_by_role("link", name="Demo").click()
        expect(page.get_by_role("heading", name="Demo")).to_be_visible()
        looked_at(page, "operate-tenant")
        page.get_by_role("button", name="Look as a viewer").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("Ticket 12")
        looked_at(page, "operate-look")
        dialog.get_by_role("button", name="Look as a viewer").click()
        expect(page.get_by_text("You look at Demo as one of its viewers")).to_be_visible()
        expect(page.get_by_role("link", name="New job")).to_have_count(0)
        looked_at(page, "looking")
        page.get_by_role("button", name="Stop looking").click()
        expect(page.get_by_role("heading", name="Tenants")).to_be_visible()
    with tab(browser, platform) as page:
        log_in_as(page, platform, "demo", path="/settings")
        expect(page.get_by_role("cell", name="Ticket 12")).to_be_visible()
        part_of(page, "Audit log").click()
        expect(page.get_by_text("Operator of the platform").first).to_be_visible()
        looked_at(page, "settings-audit-log")


def test_a_customer_adds_an_endpoint_tests_it_and_changes_its_secret(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform) as page:
        log_in_as(page, platform, "demo", path="/settings/webhooks")
        page.get_by_role("button", name="Add an endpoint").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Address").fill("https://hooks.example.com/trainyard")
        looked_at(page, "webhook-new")
        dialog.get_by_role("button", name="Add an endpoint").click()
        expect(page.get_by_text("This secret signs each message")).to_be_visible()
        page.get_by_role("button", name="I have kept it").click()
        page.get_by_role("link", name="https://hooks.example.com/trainyard").click()
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_role("cell", name="webhook.test")).to_be_visible()
        page.get_by_role("button", name="New secret").click()
        expect(page.get_by_role("dialog").get_by_text("whsec_")).to_be_visible()
        page.get_by_role("button", name="I have kept it").click()
        page.get_by_role("button", name="Look").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        looked_at(page, "webhook-delivery")


def test_a_key_has_scopes_and_a_cap(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform) as page:
        log_in_as(page, platform, "demo", path="/settings/api-keys")
        page.get_by_role("button", name="New key").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Nightly")
        dialog.get_by_role("combobox", name="Scopes").click()
        page.get_by_role("option", name="Run jobs").click()
        page.keyboard.press("Escape")
        dialog.get_by_label("Cap a month").fill("12,50")
        looked_at(page, "api-key-new")
        dialog.get_by_role("button", name="Create the key").click()
        page.get_by_role("button", name="I have kept it").click()
        row = page.get_by_role("row").filter(has_text="Nightly")
        expect(row.get_by_text("Run jobs")).to_be_visible()
        expect(row.get_by_text("$12.50")).to_be_visible()
        looked_at(page, "api-keys")


def test_the_palette_and_the_keys_lead_everywhere(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform) as page:
        log_in_as(page, platform, "demo")
        page.keyboard.press("Control+k")
        search = page.get_by_placeholder("Search, or go to…")
        search.fill("invoi")
        looked_at(page, "palette")
        page.keyboard.press("Enter")
        expect(part_of(page, "Invoices", current=True)).to_be_visible()
        expect(search).to_be_hidden()  # what is typed before belongs to it
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
        looked_at(page, "shortcuts")
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+3")
        expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_operators_read_chinese(browser: Browser, platform: Embedded) -> None:
    with tab(browser, platform, locale="zh-CN") as page:
        page.goto("/")
        page.get_by_label("邮箱").fill(platform.facts["admin_email"])
        page.get_by_label("密码", exact=True).fill(platform.facts["admin_password"])
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("heading", name="算力")).to_be_visible()
        looked_at(page, "fleet-zh")


def test_a_key_for_a_terminal_is_confirmed_by_its_code(browser: Browser, platform: Embedded) -> None:
    oauth = f"{platform.facts['base_url']}/api/v1/oauth"
    device = httpx.post(f"{oauth}/device-authorization", json={"client_name": "trainyard on laptop"}).json()
    with tab(browser, platform) as page:
        log_in_as(page, platform, "demo", path="/device")
        looked_at(page, "device-code")
        page.get_by_label("Code").fill(device["user_code"].lower())
        page.get_by_role("button", name="Look it up").click()
        expect(page.get_by_role("heading", name="trainyard on laptop asks for an API key")).to_be_visible()
        looked_at(page, "device-asks")
        page.get_by_role("button", name="Confirm: this is my device").click()
        expect(page.get_by_text("trainyard on laptop is logged in.")).to_be_visible()
        looked_at(page, "device-confirmed")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device["device_code"]}
    assert httpx.post(f"{oauth}/token", json=grant).json()["access_token"].startswith("ty_live_")
