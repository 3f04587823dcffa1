"""A host from which files are fetched, and imports through the API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.loopback import Answered, Asked, served
from tests.support.platform import Caller
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.datasets import fetching, imports, uploads
from trainyard.datasets.models import DatasetVersion

TABLE = b"size,kind\n" + b"".join(b"%d,%s\n" % (n, b"big" if n > 500 else b"small") for n in range(1_000))
ALL = "https://*"


@dataclass
class Host:
    """Serves ``TABLE``, from any byte on; the first answers break off after ``breaks``."""

    breaks: list[int] = field(default_factory=list)
    tag: str = '"one"'
    ranges: bool = True
    asked: list[Asked] = field(default_factory=list)
    instead: Callable[[Asked], Answered] | None = None
    url: str = ""

    def answer(self, asked: Asked) -> Answered:
        self.asked.append(asked)
        if self.instead is not None:
            return self.instead(asked)
        start = 0
        if self.ranges and asked.headers.get("if-range") == self.tag:
            start = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
        whole = TABLE[start:]
        sent = whole[: self.breaks.pop(0)] if self.breaks else whole
        headers = {"ETag": self.tag, "Content-Length": str(len(whole))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(TABLE) - 1}/{len(TABLE)}"
        return (206 if start else 200), headers, sent


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    """A server that the operator allows although it is on loopback."""
    allowed = {"outbound_allowed_networks": ("127.0.0.1/32",), "import_sources": (ALL,), "import_idle_seconds": 5}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=allowed)
    made = Host()
    with served(made.answer) as address:
        made.url = f"{address}/tables/kinds.csv?signature=secret"
        yield made


def allow(settings: Settings, **changes: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changes)


@pytest.fixture
def dataset_id(owner: Caller) -> str:
    body = {"name": "kinds", "task": "tabular_classification", "options": {"target": "kind"}}
    made: str = owner.post("/datasets", body).json()["id"]
    return made


@dataclass
class Import:
    """An import through the API, and the control worker that makes its tries."""

    owner: Caller
    path: str

    @property
    def shown(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.owner.get(self.path).json()
        return answer

    def run(self, *, later: timedelta = timedelta(0)) -> dict[str, Any]:
        """One try, ``later`` than now."""
        row = imports.claim_next(now=database_now() + later)
        assert row is not None
        fetching.fetch(row, clock=lambda: database_now() + later)
        return self.shown


@pytest.fixture
def begun(owner: Caller, dataset_id: str) -> Callable[[str], Import]:
    def begin(url: str) -> Import:
        answer = owner.post(f"/datasets/{dataset_id}/imports", {"url": url})
        assert answer.status_code == 201, answer.json()
        return Import(owner, f"/datasets/{dataset_id}/imports/{answer.json()['id']}")

    return begin


def stored(organization_id: str, version_id: str) -> bytes:
    with tenant_scope(organization_id):
        version = DatasetVersion.objects.get(id=version_id)
        return b"".join(uploads.content(version) or ())
