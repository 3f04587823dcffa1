"""Jobs in a real browser: found, sorted, chosen, compared; charts zoomed and exported."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import log_in, looked_at, part_of, tab
from tests.support.embedded import Embedded
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.shared_platform import SHARED

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def trained(platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Ids of three finished jobs that differ in one setting."""
    with platform.client() as client:
        version = upload_table(client, tmp_path_factory.mktemp("jobs"))
        jobs = [
            client.jobs.submit(
                {
                    **table_spec(version, epochs=20, batch_size=16),
                    "name": f"width-{width}",
                    "architecture": {"name": "mlp", "hidden": [width]},
                }
            )
            for width in (4, 8, 16)
        ]
        return [client.jobs.wait(job.id, check=True).id for job in jobs]


def test_jobs_are_found_chosen_and_compared(browser: Browser, platform: Embedded, trained: list[str]) -> None:
    with tab(browser, platform) as page:
        page.goto("/jobs")
        log_in(page, platform)
        table = page.get_by_role("group", name="Jobs")
        expect(page.get_by_role("status").filter(has_text="3 jobs")).to_be_visible()
        table.get_by_role("button", name="Validation loss").click()
        expect(table.get_by_role("columnheader", name="Validation loss")).to_have_attribute("aria-sort", "ascending")
        page.get_by_label("Search by name").fill("width-1")
        expect(table.get_by_role("link")).to_have_count(1)
        table.get_by_role("link", name="width-16").click()
        page.get_by_role("link", name="← Jobs").click()
        expect(page.get_by_label("Search by name")).to_have_value("width-1")
        page.get_by_label("Search by name").fill("")
        expect(table.get_by_role("link")).to_have_count(3)
        page.get_by_role("button", name="Columns").click()
        looked_at(page, "jobs-columns")
        page.keyboard.press("Escape")
        page.get_by_role("checkbox", name="Select all").check()
        looked_at(page, "jobs-selected")
        page.get_by_role("link", name="Compare").click()
        expect(page.get_by_role("img", name="Validation loss over training")).to_be_visible()
        mean = page.get_by_test_id("mean-val_loss").inner_text()
        page.get_by_role("checkbox", name="Draw width-4").uncheck()
        expect(page.get_by_test_id("mean-val_loss")).to_have_text(mean)
        expect(page.get_by_role("img", name="A line for each run")).to_be_visible()
        looked_at(page, "compare")


def test_charts_zoom_and_give_away_every_point(
    browser: Browser, platform: Embedded, trained: list[str], tmp_path: Path
) -> None:
    with tab(browser, platform) as page:
        page.goto(f"/jobs/{trained[0]}/charts")
        log_in(page, platform)
        chart = page.get_by_role("img", name="Loss over training")
        plot = chart.locator(".u-over")
        with page.expect_request(lambda request: "min_step" in request.url):
            plot.hover(position={"x": 100, "y": 60})  # which waits until nothing moves, and scrolls there
            page.mouse.down()
            plot.hover(position={"x": 200, "y": 60})
            page.mouse.up()
        page.get_by_role("button", name="Show all").click()
        for axis in ("Epochs", "Time", "Steps"):
            page.get_by_text(axis, exact=True).click()
            expect(chart).to_be_visible()
        page.get_by_role("button", name="Loss: logarithmic").click()
        page.get_by_role("button", name="Loss: full screen").click()
        expect(page.get_by_role("dialog", name="Loss")).to_be_visible()
        page.keyboard.press("Escape")
        for word in ("Picture", "Drawing", "Every point"):
            page.get_by_role("button", name="Loss: download").click()
            with page.expect_download() as download:
                page.get_by_role("menuitem", name=word).click()
            kept = tmp_path / download.value.suggested_filename
            download.value.save_as(kept)
            assert kept.stat().st_size > 500
        assert kept.suffix == ".csv"
        with platform.client() as client:
            steps = client.jobs.get(trained[0]).progress.step
        assert len(kept.read_text().splitlines()) == steps + 1


def looks_at_the_timeline(page: Page) -> None:
    """Leaves the page dark, and as narrow as a phone."""
    part_of(page, "Timeline").click()
    lanes = page.get_by_role("group", name="Attempts over time")
    lanes.get_by_role("button", name="Billed").first.focus()
    expect(lanes.get_by_role("status")).to_contain_text("Billed $")
    looked_at(page, "job-lanes")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(page, "job-lanes-narrow")


def test_a_job_shows_its_attempts_over_time_its_logs_and_what_accuracy_cost(
    browser: Browser, platform: Embedded, trained: list[str], tmp_path: Path
) -> None:
    with tab(browser, platform) as page:
        page.goto(f"/jobs/{trained[0]}")
        log_in(page, platform)
        expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
        expect(page.get_by_role("img", name="Loss over training")).to_have_count(0)  # its curves have a tab
        looked_at(page, "job-overview")
        part_of(page, "Results").click()
        expect(page.get_by_role("heading", name="Test rows")).to_be_visible()
        looked_at(page, "job-results")
        part_of(page, "Charts").click()
        page.get_by_role("button", name="Cost", exact=True).click()
        expect(page.get_by_role("img", name="Loss over training")).to_be_visible()
        part_of(page, "Cost").click()
        expect(page.get_by_role("group", name="Bill")).to_be_visible()
        looked_at(page, "job-cost")
        part_of(page, "Settings").click()
        expect(page.get_by_label("The job's settings as JSON")).to_contain_text('"architecture"')
        looks_at_the_timeline(page)
        part_of(page, "Settings").click()
        page.reload()
        expect(part_of(page, "Settings")).to_be_in_viewport(ratio=1)
        part_of(page, "Logs").click()
        expect(page.get_by_label("Search the logs")).to_be_visible()
        looked_at(page, "job-logs")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download", exact=True).click()
        download.value.save_as(tmp_path / "job.log")
        part_of(page, "Model").click()
        page.get_by_role("button", name="Verify the files").click()
        looked_at(page, "job-verify")
        command = page.get_by_label("Command that checks the files").inner_text()
    with platform.client() as client:
        files = client.models.get(str(client.jobs.get(trained[0]).model_id)).files
    assert [f"{file.sha256}  {file.name}" for file in files] == command.splitlines()[1:-1]
