"""What the documents say about the code is so."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from repository import ROOT, files

from scripts import architectures, command_reference, error_codes, job_life, permissions, spec_reference, webhook_events

DOCUMENTS = [path for path in files() if path.suffix == ".md"]


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


PAGES = [architectures, command_reference, error_codes, job_life, permissions, spec_reference, webhook_events]


@pytest.mark.parametrize("page", PAGES, ids=[page.__name__.rpartition(".")[2] for page in PAGES])
def test_pages_that_are_written_from_tables_are_current(page: ModuleType) -> None:
    assert page.DOCUMENT.read_text() == page.render(), "run: make schema"
