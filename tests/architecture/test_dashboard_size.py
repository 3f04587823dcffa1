"""No page of the dashboard loads more than 200 kB of script, gzipped, before somebody opens something on it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
SOURCES = FRONTEND / "src"
LIMIT_BYTES = 195_000
"""Of the 200 kB that a page may load, with something in reserve."""
LANGUAGES = ("en", "zh")
PAGE = re.compile(r'page\(\s*\[([^\]]*)\],\s*async \(\) =>\s*\(?\s*await import\("\.\./([^"]+)"\)')
ROUTES = ("routes.tsx", "dataRoutes.tsx", "jobRoutes.tsx", "operatorRoutes.tsx")
START = ("index.html", "src/app/App.tsx")
LATER = re.compile(r'\blater\(\s*\d+,\s*\[([^\]]*)\],\s*async \(\) =>\s*\(?\s*await import\("([^"]+)"\)')
IMPORT = re.compile(r'^(?:import|export) (?!type)[^;]*?from "(\.[^"]+\.tsx?)"', re.MULTILINE)
ALTERNATIVES = {
    "features/jobs/tabs/Overview.tsx": ("features/jobs/JobCharts.tsx", "features/results/ResultPicture.tsx"),
    "features/jobs/tabs/Charts.tsx": ("features/jobs/MetricSearch.tsx",),
    "features/models/tabs/Try.tsx": ("features/models/RowForm.tsx", "features/models/chat/Chat.tsx"),
    "features/newjob/NewJobPage.tsx": ("features/newjob/DataSection.tsx", "features/newjob/SpecEditor.tsx"),
}
"""Parts of which a page shows one, by what there is to show, and no other."""

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
    """Language, page and modules of every page, with all that comes to it before somebody opens anything."""
    return [
        (language, module, tuple(f"src/{name}" for name in (*texts(language, areas), *around(module), module, *parts)))
        for language in LANGUAGES
        for module, areas in pages()
        for alternatives in [ALTERNATIVES.get(module, ())]
        for chosen in alternatives or ("",)
        for parts in [coming_to(language, (*around(module), module), chosen, frozenset(alternatives))]
    ]


def coming_to(
    language: str, modules: tuple[str, ...], chosen: str = "", alternatives: frozenset[str] = frozenset()
) -> list[str]:
    """The parts that ``modules``, or what they import, load once they are seen, with the parts' texts.

    Of ``alternatives`` it is ``chosen`` alone that comes.
    """
    found = dict.fromkeys([chosen] if chosen else [])
    waiting = [*modules, *found]
    while waiting:
        for areas, part in [part for module in closure(waiting.pop()) for part in later_parts(module)]:
            if part in alternatives - {chosen}:
                continue
            if part not in found:
                waiting.append(part)
            found.update(dict.fromkeys([part, *texts(language, areas)]))
    return [*found]


@cache
def closure(module: str) -> frozenset[str]:
    """``module`` and all that it imports of ours."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [beside(name, path) for path in IMPORT.findall(source(name))]
    return frozenset(found)


@cache
def later_parts(module: str) -> list[tuple[tuple[str, ...], str]]:
    """The areas and the module of each part that ``module`` loads once its place is seen."""
    return [
        (tuple(re.findall(r'"(\w+)"', areas)), beside(module, path)) for areas, path in LATER.findall(source(module))
    ]


@cache
def source(module: str) -> str:
    return (SOURCES / module).read_text()


def beside(module: str, path: str) -> str:
    """The module that ``module`` imports by ``path``."""
    return (SOURCES / module).parent.joinpath(path).resolve().relative_to(SOURCES).as_posix()


def around(module: str) -> list[str]:
    return [page for folder, page in PAGES_OF_TABS.items() if module.startswith(folder)]


def texts(language: str, areas: tuple[str, ...]) -> list[str]:
    return [f"i18n/{language}/{area}.ts" for area in ("frame", *areas)]


@pytest.mark.parametrize(
    ("language", "module", "modules"),
    [pytest.param(*load, id=f"{load[0]}-{load[1]}") for load in first_loads()],
)
def test_a_page_loads_little(language: str, module: str, modules: tuple[str, ...]) -> None:
    loaded = gzipped_bytes(scripts_of([*START, *modules]))
    assert loaded <= LIMIT_BYTES, f"{module} in {language} loads {loaded:,} bytes"


def test_every_page_is_measured() -> None:
    assert len(pages()) > 30
    assert all(f"src/{module}" in manifest() for module, _ in pages())


def test_parts_that_come_once_they_are_seen_count() -> None:
    overview, running, ended = (
        f"features/{name}.tsx" for name in ("jobs/tabs/Overview", "jobs/JobCharts", "results/ResultPicture")
    )
    assert {running, "i18n/zh/charts.ts"} <= set(coming_to("zh", (overview,), running, frozenset({running, ended})))
    assert ended not in coming_to("zh", (overview,), running, frozenset({running, ended}))
