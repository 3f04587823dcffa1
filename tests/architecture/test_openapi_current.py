"""The dashboard's client is generated from the API as it is."""

import json
import re
from pathlib import Path

from django.core.management import call_command
from repository import ROOT

FRONTEND = ROOT / "frontend"


def test_the_committed_openapi_document_is_current(tmp_path: Path) -> None:
    now = tmp_path / "openapi.json"
    call_command("spectacular", format="openapi-json", file=str(now), fail_on_warn=True)
    committed = json.loads((FRONTEND / "openapi.json").read_text())
    assert json.loads(now.read_text()) == committed, "run `make schema` and commit what it writes"


def test_the_generated_types_name_every_path_and_schema() -> None:
    document = json.loads((FRONTEND / "openapi.json").read_text())
    types = (FRONTEND / "src" / "api" / "schema.d.ts").read_text()
    assert set(re.findall(r'^    "(/[^"]*)": \{$', types, re.MULTILINE)) == set(document["paths"])
    missing = [name for name in document["components"]["schemas"] if f"        {name}: " not in types]
    assert missing == []
