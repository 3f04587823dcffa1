"""What the documents say about the code is so."""

import re
from pathlib import Path

import pytest
from repository import ROOT, files

from scripts.architectures import DOCUMENT, render
from trainyard_spec.states import TRANSITIONS

DOCUMENTS = [path for path in files() if path.suffix == ".md"]


def test_the_picture_of_a_jobs_life_is_the_table_of_transitions() -> None:
    drawn = re.findall(r"^ {4}(\w+) --> (\w+): \S", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert sorted(drawn) == sorted((source, target) for source, targets in TRANSITIONS.items() for target in targets)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert targets == explained
    assert targets == set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]


def test_the_page_of_architectures_is_current() -> None:
    assert DOCUMENT.read_text() == render(), "run: make schema"
