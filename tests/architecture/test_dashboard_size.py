"""No page of the dashboard loads more than 200 kB of script, gzipped, before somebody uses it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
LIMIT_BYTES = 200_000
LANGUAGES = ("en", "zh")
PAGE = re.compile(r'page\(\s*\[([^\]]*)\],\s*async \(\) =>\s*\(?\s*await import\("\.\./([^"]+)"\)')
ROUTES = ("routes.tsx", "dataRoutes.tsx", "jobRoutes.tsx", "operatorRoutes.tsx")
START = ("index.html", "src/app/App.tsx")
SEEN_AT_FIRST = {
    "features/jobs/tabs/Overview.tsx": (("features/results/ResultPicture.tsx", "results"),),
    "features/jobs/tabs/Charts.tsx": (("features/jobs/JobCharts.tsx", "charts"),),
    "features/models/tabs/Overview.tsx": (("features/results/ResultPicture.tsx", "results"),),
    "features/models/tabs/Try.tsx": (
        ("features/models/RowForm.tsx", "tryModel"),
        ("features/models/chat/Chat.tsx", "chat"),
    ),
    "features/compare/ComparePage.tsx": (("features/compare/RunsTable.tsx", ""),),
    "features/newjob/NewJobPage.tsx": (
        ("features/newjob/DataSection.tsx", ""),
        ("features/newjob/SpecEditor.tsx", ""),
    ),
}
"""Parts that come after their page, with the area of their texts: one of them fills the first screen."""

PAGES_OF_TABS = {
    "features/jobs/tabs/": "features/jobs/JobPage.tsx",
    "features/models/tabs/": "features/models/ModelPage.tsx",
    "features/datasets/tabs/": "features/datasets/DatasetPage.tsx",
}
"""The page around each tab, which is loaded with it."""


@cache
def manifest() -> dict[str, Any]:
    path = DIST / "manifest.json"
    assert path.is_file(), "the dashboard is not built: run make setup"
    return dict(json.loads(path.read_text()))


def pages() -> list[tuple[str, tuple[str, ...]]]:
    """Each page by its module, with the areas of its texts."""
    routes = "".join((FRONTEND / "src" / "app" / name).read_text() for name in ROUTES)
    return [(module, tuple(re.findall(r'"(\w+)"', areas))) for areas, module in PAGE.findall(routes)]


def scripts_of(modules: list[str]) -> set[str]:
    """The files that a browser fetches for modules: their own, and those they import."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        entry = manifest()[waiting.pop()]
        if entry["file"] not in found:
            found.add(entry["file"])
            waiting += entry.get("imports", [])
    return {file for file in found if file.endswith(".js")}


def gzipped_bytes(files: set[str]) -> int:
    return sum(Path(DIST / f"{file}.gz").stat().st_size for file in files)


def first_loads() -> list[tuple[str, str, tuple[str, ...]]]:
    """Language, page and modules of every first screen."""
    return [
        (language, module, tuple(f"src/{name}" for name in (*texts(language, areas), *around(module), module, *part)))
        for language in LANGUAGES
        for module, areas in pages()
        for part in seen_at_first(language, module)
    ]


def around(module: str) -> list[str]:
    return [page for folder, page in PAGES_OF_TABS.items() if module.startswith(folder)]


def texts(language: str, areas: tuple[str, ...]) -> list[str]:
    return [f"i18n/{language}/{area}.ts" for area in ("frame", *areas)]


def seen_at_first(language: str, module: str) -> list[list[str]]:
    """The parts that may fill a page's first screen; one empty list where the page has none."""
    return [
        [part, *([f"i18n/{language}/{area}.ts"] if area else [])] for part, area in SEEN_AT_FIRST.get(module, ())
    ] or [[]]


@pytest.mark.parametrize(
    ("language", "module", "modules"),
    [pytest.param(*load, id=f"{load[0]}-{Path(load[2][-1]).stem}-{Path(load[1]).stem}") for load in first_loads()],
)
def test_a_first_screen_loads_little(language: str, module: str, modules: tuple[str, ...]) -> None:
    loaded = gzipped_bytes(scripts_of([*START, *modules]))
    assert loaded <= LIMIT_BYTES, f"{module} in {language} loads {loaded:,} bytes"


def test_every_page_is_measured() -> None:
    assert len(pages()) > 30
    assert all(f"src/{module}" in manifest() for module, _ in pages())
