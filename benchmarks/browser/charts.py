"""Charts under load: interactions with many metrics, runs and points, panning, and what a band shows at each zoom."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page

from benchmarks.browser.amounts import Seeded
from benchmarks.browser.probes import delays, frames_a_second, opened

MOVES = 120
ZOOMS = ((0.1, 0.9), (0.2, 0.6), (0.3, 0.5), (0.25, 0.75), (0.4, 0.6), (0.1, 0.35), (0.5, 0.9), (0.45, 0.55))
DRAWN = """(plot) => {
    const fiberOf = (node) => node[Object.keys(node).find((name) => name.startsWith("__reactFiber"))];
    let host = plot;  // the drawing library's own elements are none of React's
    while (!fiberOf(host)) host = host.parentElement;
    let fiber = fiberOf(host);
    while (fiber && !fiber.memoizedProps?.drawing) fiber = fiber.return;
    const {drawing, view} = fiber.memoizedProps;
    const [xs, ...columns] = drawing.data;
    const [first, last] = view ?? [xs[0], xs.at(-1)];
    const shown = (role) => columns[drawing.columns.findIndex((column) => column.role === role)]
        ?.filter((value, place) => value !== null && xs[place] >= first && xs[place] <= last);
    const highest = shown("highest") ?? shown("raw");
    return {first, last, highest: Math.max(...highest), points: highest.length};
}"""
"""What the chart component hands to the drawing library for the part that is seen: the highest of its band."""


class Band(NamedTuple):
    """Of the steps ``first`` to ``last``: the highest value drawn, and the highest that was measured."""

    first: int
    last: int
    drawn: float
    measured: float


def page_of(job_id: str) -> str:
    """Where the charts of a job are."""
    return f"/jobs/{job_id}/charts"


def comparison_of(job_ids: tuple[str, ...]) -> str:
    return f"/jobs/compare?ids={','.join(job_ids)}"


def many_metrics(page: Page, seeded: Seeded) -> list[float]:
    """Delays of looking for metrics among thousands."""
    opened(page, page_of(seeded.wide))
    search = page.get_by_role("textbox", name=re.compile(r"^Search [\d,]+ charts$"))
    keys = [*"layer_0123.grad", *["Backspace"] * 9, *"1000"]
    search.click()
    return delays(page, [lambda key=key: page.keyboard.press(key) for key in keys])


def many_runs(page: Page, seeded: Seeded) -> list[float]:
    """Delays of hiding and showing runs of a full comparison, and of zooming into it."""
    opened(page, comparison_of(seeded.runs))
    page.get_by_role("img", name="Validation loss over training").wait_for()
    boxes = page.get_by_role("checkbox").all()[:10]
    clicks = [lambda box=box: box.click() for box in [*boxes, *boxes]]
    plot = _plot(page, "Validation loss over training")
    return delays(page, [*clicks, *_drags(page, plot, ZOOMS[:2])])


def many_points(page: Page, seeded: Seeded) -> tuple[list[float], float, list[Band]]:
    """Delays of zooming into a million points, frames a second of panning, and the bands at each zoom."""
    opened(page, page_of(seeded.long))
    plot = _plot(page, "Loss over training")
    bands = [_band(plot, seeded.values)]
    found: list[float] = []
    for drag in _drags(page, plot, ZOOMS):
        found += delays(page, [drag])
        bands.append(_band(plot, seeded.values))
        if len(bands) % 3 == 0:
            found += delays(page, [lambda: page.get_by_role("button", name="Show all").click()])
    page.get_by_role("button", name="Loss: logarithmic").click()
    found += delays(page, [lambda: page.get_by_role("button", name="Loss: logarithmic").click()])
    frames = frames_a_second(page, lambda: _pan(page, plot))
    page.wait_for_timeout(500)
    page.wait_for_load_state("networkidle")
    return found, frames, [*bands, _band(plot, seeded.values)]


def _plot(page: Page, name: str) -> Locator:
    plot = page.get_by_role("img", name=name).locator(".u-over")
    plot.scroll_into_view_if_needed()
    return plot


def _drags(page: Page, plot: Locator, parts: tuple[tuple[float, float], ...]) -> Iterator[Callable[[], Any]]:
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    for begin, end in parts:

        def drag(begin: float = begin, end: float = end) -> None:
            page.mouse.move(box["x"] + begin * box["width"], middle)
            page.mouse.down()
            page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
            page.mouse.up()

        yield drag


def _pan(page: Page, plot: Locator) -> None:
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 0.5 * box["width"], middle)
    page.mouse.down()
    for number in range(MOVES):
        share = 0.5 + 0.3 * np.sin(number / 10)
        page.mouse.move(box["x"] + share * box["width"], middle)
    page.mouse.up()
    page.keyboard.up("Shift")


def _band(plot: Locator, values: NDArray[np.float32]) -> Band:
    drawn = plot.evaluate(DRAWN)
    first, last = round(drawn["first"]), round(drawn["last"])
    return Band(first, last, drawn["highest"], float(values[max(0, first) : last + 1].max()))
