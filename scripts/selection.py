"""Which test files a ``-k`` may mean, told from their text: importing them all takes longer than most such runs.

A name that ``-k`` asks for is made of what stands in the test's file, or, where ``parametrize`` takes its values from
elsewhere, in a file that this one imports. Words after ``not`` leave no file out.
"""

import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from _pytest.mark.expression import Expression

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = (ROOT, *(ROOT / name for name in ("platform", "workers", "contracts", "sdk")))
IMPORT = re.compile(r"^(?:from ([\w.]+) import ([^\n(]+|\([^)]*\))|import ([\w.]+))", re.MULTILINE)
VALUES_FROM_ELSEWHERE = re.compile(r"(?:params=|parametrize\(\s*(?:\"[^\"]*\"|\([^)]*\)|\[[^\]]*\]),\s*)[A-Za-z_*]")
NEGATED = re.compile(r"\bnot\s+[^\s()]+")
PIECES = re.compile(r"[a-z_]+|\d+")
ANY = "any_file"
DATABASE_FOLDERS = ("tests/integration", "tests/properties/billing", "tests/properties/jobs")
"""Where tests may touch Django's database: tests/conftest.py refuses them elsewhere."""


def files_for(expression: str) -> list[Path]:
    """The test files that may hold a test that ``-k expression`` selects; none where that cannot be told."""
    wanted = NEGATED.sub(ANY, expression)
    if re.search(r"\bnot\b", wanted):  # before brackets
        return []
    try:
        compiled = Expression.compile(wanted)
    except SyntaxError:  # which pytest explains
        return []
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [file for file in files if compiled.evaluate(partial(_may, file))]


def _may(file: Path, word: str, /, **_: object) -> bool:
    """Whether what names of tests in ``file`` are made of holds ``word``, or the pieces that pytest joins."""
    if word == ANY:
        return True
    if word.startswith("test_"):
        return word.partition("[")[0].lower() in _text(file)
    texts = [_text(each) for each in _named_by(file)]
    return all(any(piece in text for text in texts) for piece in PIECES.findall(word.lower()))


@cache
def _named_by(file: Path) -> frozenset[Path]:
    near = frozenset(conftest for folder in file.parents if (conftest := folder / "conftest.py").is_file())
    takes_values = any(VALUES_FROM_ELSEWHERE.search(each.read_text()) for each in (file, *near))
    return near | (_imported_by(file) if takes_values else {file})


def _imported_by(file: Path) -> frozenset[Path]:
    """``file`` and all of this repository that it imports, directly or not."""
    found, ahead = {file}, [file]
    while ahead:
        new = _imports(ahead.pop()) - found
        found |= new
        ahead.extend(new)
    return frozenset(found)


@cache
def _imports(file: Path) -> frozenset[Path]:
    return frozenset(path for name in _imported_names(file) if (path := _path(name, file.parent)))


def _imported_names(file: Path) -> Iterator[str]:
    for module, names, plain in IMPORT.findall(file.read_text()):
        yield module or plain
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


@cache
def _path(module: str, beside: Path) -> Path | None:
    for root in (*SOURCE_ROOTS, beside):
        base = root.joinpath(*module.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path
    return None


@cache
def _text(file: Path) -> str:
    return f"{file.relative_to(ROOT)}\n{file.read_text()}".lower()
