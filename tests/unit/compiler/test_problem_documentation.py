"""The tables of codes in docs/datasets.md."""

import re
from pathlib import Path

import pytest

from trainyard_engine.ingest.problems import ProblemCode, WarningCode


@pytest.mark.parametrize("code", [*ProblemCode, *WarningCode])
def test_the_documentation_has_every_code_with_its_meaning(code: ProblemCode | WarningCode) -> None:
    page = Path("docs/datasets.md").read_text(encoding="utf-8")

    assert f"| `{code}` | {code.meaning} |" in page


def test_the_documentation_has_no_other_codes() -> None:
    page = Path("docs/datasets.md").read_text(encoding="utf-8")
    tables_of_codes = page[page.index("## Problems") : page.index("## What is compiled")]

    assert set(re.findall(r"^\| `(\w+)`", tables_of_codes, re.MULTILINE)) == {*ProblemCode, *WarningCode}
