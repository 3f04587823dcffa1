"""How heavy and how quick the dashboard is: script of each page, first paint, long tasks, delays, frames, bands."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.browser import charts
from benchmarks.browser.amounts import EMAIL, JOBS, NAMES, PASSWORD, POINTS, RUNS, Seeded
from benchmarks.browser.charts import Band
from benchmarks.browser.probes import opened, percentile, window
from benchmarks.control_plane.testbed import control_plane
from benchmarks.report_page import machine
from tests.support.browser import ARGUMENTS, CHROMIUM
from tests.support.redis_server import running_redis

AIM_SCRIPT_KB, AIM_PAINT_MS, AIM_TASK_MS = 200, 1_200, 100
AIM_DELAY_MS, AIM_FRAMES = 100, 30
VISITS = 3
ROUNDING = 1e-6


def report() -> None:
    """Prints what the browser measures, beside what is aimed at."""
    with (
        TemporaryDirectory(prefix="trainyard-redis-") as directory,
        running_redis(Path(directory) / "redis.sock"),  # logging in is refused where nobody counts the attempts
        control_plane(TRAINYARD_REDIS_URL=f"unix://{directory}/redis.sock") as testbed,
    ):
        from benchmarks.browser.seeding import seed  # models exist only from here on

        seeded = seed(testbed.seeding)
        base_url = str(testbed.web.client.base_url).removesuffix("/api/v1/").removesuffix("/api/v1")
        console = Console(width=120)
        console.print(f"{JOBS:,} jobs, {NAMES:,} metrics, {RUNS} runs, {POINTS:,} points; {machine()}")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
            state = _logged_in(browser, base_url, EMAIL, PASSWORD)
            console.print(_pages(browser, base_url, state, _addresses(seeded)))
            with window(browser, base_url, state) as page:
                console.print(_waits("among many metrics", charts.many_metrics(page, seeded)))
            with window(browser, base_url, state) as page:
                console.print(_waits("many runs", charts.many_runs(page, seeded)))
            with window(browser, base_url, state) as page:
                delays, frames, bands = charts.many_points(page, seeded)
            console.print(_waits("many points", delays))
            console.print(f"panning over a million points: {frames:.0f} frames a second, aim {AIM_FRAMES}")
            console.print(_bands(bands))
            browser.close()


def _addresses(seeded: Seeded) -> dict[str, str]:
    return {
        "home": "/",
        "jobs": "/jobs",
        "job with a million points": charts.page_of(seeded.long),
        f"job with {NAMES:,} metrics": charts.page_of(seeded.wide),
        f"comparison of {RUNS} runs": charts.comparison_of(seeded.runs),
        "new job": "/jobs/new",
        "data": "/data",
        "models": "/models",
        "billing": "/billing",
        "settings": "/settings",
    }


def _waits(name: str, delays: list[float]) -> str:
    shown = (percentile(delays, 0.5), percentile(delays, 0.95), max(delays))
    p50, p95, slowest = (f"{each:.0f} ms" for each in shown)
    return f"{name}: {len(delays)} interactions, p50 {p50}, p95 {p95}, slowest {slowest}; aim: p95 {AIM_DELAY_MS} ms"


def _bands(bands: list[Band]) -> str:
    wrong = [band for band in bands if abs(band.drawn - band.measured) > ROUNDING]
    lines = [f"highest of the band: that of the data at {len(bands) - len(wrong)} of {len(bands)} zooms"]
    lines += [f"  steps {each.first:,} to {each.last:,}: {each.drawn}, of data {each.measured}" for each in wrong]
    return "\n".join(lines)


def _logged_in(browser: Browser, base_url: str, email: str, password: str) -> object:
    with browser.new_context(base_url=base_url, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_url(lambda url: "/login" not in url)
        return context.storage_state()


def _pages(browser: Browser, base_url: str, state: object, pages: dict[str, str]) -> Table:
    """Each opened ``VISITS`` times with an empty cache: the middle one of each figure."""
    aims = f"{AIM_SCRIPT_KB} kB, {AIM_PAINT_MS / 1000:.1f} s, {AIM_TASK_MS} ms"
    table = Table("page", "script, gzip", "largest paint", "longest task", "aims", box=None)
    for name, path in pages.items():
        visits = []
        for _ in range(VISITS):
            with window(browser, base_url, state) as page:
                visits.append(opened(page, path))
        middle = VISITS // 2
        paint = sorted(each.paint_ms for each in visits)[middle]
        task = sorted(each.longest_task_ms for each in visits)[middle]
        table.add_row(name, f"{visits[0].script_bytes / 1000:.0f} kB", f"{paint / 1000:.2f} s", f"{task:.0f} ms", aims)
    return table
