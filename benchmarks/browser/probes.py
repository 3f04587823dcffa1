"""What a page says of itself: script that it loaded, largest paint, long tasks, delays of interactions, frames."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

OBSERVE = """
    window.__seen = {paint: 0, tasks: [], events: new Map()};
    const watch = (type, note, options) =>
        new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({type, buffered: true, ...options});
    watch("largest-contentful-paint", (entry) => (window.__seen.paint = entry.startTime));
    watch("longtask", (entry) => window.__seen.tasks.push(entry.duration));
    watch("event", ({interactionId, duration}) => {
        const {events} = window.__seen;
        if (interactionId) events.set(interactionId, Math.max(duration, events.get(interactionId) ?? 0));
    }, {durationThreshold: 16});
"""
SCRIPT_BYTES = """() => performance.getEntriesByType("resource")
    .filter(({name}) => new URL(name).pathname.endsWith(".js"))
    .reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0)"""
COUNT_FRAMES = """() => {
    const count = {frames: 0, begun: performance.now(), ended: false};
    const next = () => { count.frames += 1; if (!count.ended) requestAnimationFrame(next); };
    requestAnimationFrame(next);
    window.__frames = count;
}"""
FRAMES_A_SECOND = """() => {
    window.__frames.ended = true;
    return window.__frames.frames / (performance.now() - window.__frames.begun) * 1000;
}"""
PATIENCE_MS = 120_000
LEAST_MS = 16.0
"""What an interaction counts that the browser does not tell of, for it was quicker than that."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How a page came: bytes of script as they were sent, milliseconds until its largest paint, its longest task."""

    script_bytes: int
    paint_ms: float
    longest_task_ms: float


@contextmanager
def window(browser: Browser, base_url: str, state: Any) -> Iterator[Page]:
    """A page of a profile that is logged in by ``state`` and has nothing cached."""
    size = {"width": 1440, "height": 900}
    with browser.new_context(base_url=base_url, storage_state=state, viewport=size, locale="en-GB") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(OBSERVE)
        yield page


def opened(page: Page, path: str) -> Opened:
    """Goes there and waits until nothing is loading; script and paint are those before anybody touches the page."""
    page.goto(path)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_load_state("networkidle")
    script, paint = page.evaluate(SCRIPT_BYTES), page.evaluate("() => window.__seen.paint")
    page.mouse.move(1, 1)  # what is below the first screen comes once somebody begins to use the page
    page.mouse.move(2, 2)
    page.get_by_label("Loading").first.wait_for(state="detached")
    return Opened(script, paint, max(page.evaluate("() => window.__seen.tasks"), default=0.0))


def delays(page: Page, interactions: list[Callable[[], Any]]) -> list[float]:
    """Milliseconds from each click or key to the frame that shows what came of it (INP's measure)."""
    page.evaluate("() => window.__seen.events.clear()")
    for interact in interactions:
        interact()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
    page.wait_for_load_state("networkidle")
    found = [float(each) for each in page.evaluate("() => [...window.__seen.events.values()]")]
    return found + [LEAST_MS] * max(0, len(interactions) - len(found))


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not pass."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def frames_a_second(page: Page, move: Callable[[], Any]) -> float:
    """Frames that the page drew while ``move`` went on."""
    page.evaluate(COUNT_FRAMES)
    move()
    return float(page.evaluate(FRAMES_A_SECOND))
