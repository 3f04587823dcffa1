"""The dashboard's client is generated from the API as it is."""

import json
import re
from pathlib import Path
from typing import Any

from django.core.management import call_command
from repository import ROOT

from scripts import client_types

FRONTEND = ROOT / "frontend"


def parts(document: dict[str, Any]) -> dict[str, Any]:
    """Paths and schemas by name, and the rest: small enough for a difference to be read."""
    rest = {key: value for key, value in document.items() if key not in {"paths", "components"}}
    return {**document["paths"], **document["components"]["schemas"], "the rest": rest}


def test_the_committed_openapi_document_is_current(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.json"
    call_command("spectacular", format="openapi-json", file=str(generated), fail_on_warn=True)
    now = parts(json.loads(generated.read_text()))
    committed = parts(json.loads((FRONTEND / "openapi.json").read_text()))
    stale = {name for name in now.keys() | committed.keys() if now.get(name) != committed.get(name)}
    assert stale == set(), "run `make schema` and commit what it writes"


def test_the_generated_types_name_every_path_and_schema() -> None:
    document = json.loads((FRONTEND / "openapi.json").read_text())
    types = (FRONTEND / "src" / "api" / "schema.d.ts").read_text()
    assert set(re.findall(r'^    "(/[^"]*)": \{$', types, re.MULTILINE)) == set(document["paths"])
    missing = [name for name in document["components"]["schemas"] if f"        {name}: " not in types]
    assert missing == []


def test_the_types_of_the_python_client_are_current() -> None:
    modules = client_types.render()
    stale = [path.name for path, text in modules.items() if not path.exists() or path.read_text() != text]
    assert [*stale, *client_types.left_over(modules)] == [], "run: python scripts/client_types.py"
