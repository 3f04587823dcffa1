"""An organization that has something of everything, and every operation of the API asked about it."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.support.finished_models import finished_model
from tests.support.jobs import Bench, spec_of
from tests.support.people import person
from tests.support.platform import Caller
from tests.support.schema_samples import body_schema, operations, sample
from trainyard.core import row_security
from trainyard.core.blobs import blob_store
from trainyard.tenants.models import Organization, Role

METHODS = ("get", "post", "patch", "put", "delete")
ID = re.compile(r"[a-z]+_[0-9a-z]{26}")


@dataclass(frozen=True)
class Estate:
    """What an organization has: by variable of a path, and every id of its rows."""

    organization: Organization
    ids: dict[str, str]
    version_id: str

    def rows(self) -> str:
        """A digest of all its rows."""
        digest = hashlib.sha256()
        for model in row_security.tenant_models():
            rows = row_security.rows_of(model, self.organization.id).order_by("pk").values_list()
            digest.update(repr(list(rows)).encode())
        return digest.hexdigest()

    def secrets(self) -> set[str]:
        """The ids of its rows, and its own."""
        found = {self.organization.id}
        for model in row_security.tenant_models():
            keys = row_security.rows_of(model, self.organization.id).values_list("pk", flat=True)
            found |= {key for key in keys if isinstance(key, str) and ID.fullmatch(key)}
        return found


@pytest.fixture
def estate(bench: Bench, owner: Caller, organization: Organization) -> Estate:
    model = finished_model(bench)
    blob_store().put(bench.version.preview_key, [b'{"rows": [{"a": 1}]}'])
    member = person("ada@meadow.example", organization, Role.MEMBER)
    answers = {
        "budget_id": owner.post("/budgets", {"name": "month", "amount": "50.00"}),
        "invitation_id": owner.post("/organization/invitations", {"email": "cyn@meadow.example"}),
        "key_id": owner.post("/api-keys", {"name": "CI"}),
        "endpoint_id": owner.post("/webhooks/endpoints", {"url": "https://93.184.216.34/", "events": ["*"]}),
        "export_id": owner.post("/organization/export"),
    }
    assert {name: answer.content for name, answer in answers.items() if answer.status_code not in (201, 202)} == {}
    ids = {name: answer.json()["id"] for name, answer in answers.items()}
    upload = tus_upload(owner, bench.version.dataset_id)
    ids |= {
        "organization_id": organization.id,
        "job_id": model.job_id,
        "model_id": model.id,
        "dataset_id": bench.version.dataset_id,
        "version": bench.version.id,
        "member_id": member.member_id(organization),
        "upload_id": upload,
    }
    return Estate(organization, ids, bench.version.id)


def tus_upload(owner: Caller, dataset_id: str) -> str:
    metadata = {"filename": "a.csv", "dataset": dataset_id}
    packed = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())
    client = Client(headers={"Authorization": f"Bearer {owner.secret}"})
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": packed}
    answer = client.post("/api/v1/uploads/", b"", content_type="application/offset+octet-stream", headers=headers)
    assert answer.status_code == 201, answer.content
    return str(answer.headers["Location"]).rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Call:
    """One operation about what is in an estate. ``is_about_it``: its path names something of it."""

    name: str
    method: str
    path: str
    body: Any
    is_about_it: bool

    def ask(self, client: Client) -> tuple[int, str]:
        data = {} if self.method == "get" else {"data": json.dumps(self.body), "content_type": "application/json"}
        answer = getattr(client, self.method)(self.path, **data)
        streams = getattr(answer, "streaming", False)
        content = b"" if getattr(answer, "is_async", False) else b"".join(answer) if streams else answer.content
        return int(answer.status_code), f"{content.decode(errors='replace')} {answer.headers}"


def calls(estate: Estate) -> Iterator[Call]:
    for method, path, operation in operations(*METHODS):
        variables = re.findall(r"\{(\w+)\}", path)
        filled = path.format_map({**dict.fromkeys(variables, "1"), **estate.ids})
        yield Call(
            operation["operationId"], method, filled, body_of(operation, estate), bool({*variables} & estate.ids.keys())
        )


def body_of(operation: dict[str, Any], estate: Estate) -> Any:
    """A valid body, which names what is in the estate wherever it names something."""
    schema = body_schema(operation)
    if schema is None:
        return {}
    if "TrainingSpec" in str(schema) or "JobSubmission" in str(schema):
        return spec_of_version(estate.version_id) | {"init_from": estate.ids["model_id"]}
    body = sample(schema)
    named = {"ids": [estate.ids["job_id"]], "member": estate.ids["member_id"], "dataset": estate.ids["dataset_id"]}
    return body | {name: value for name, value in named.items() if name in body} if isinstance(body, dict) else body


def spec_of_version(version_id: str) -> dict[str, Any]:
    class Version:
        id = version_id

    return spec_of(Version)  # type: ignore[arg-type]  # its id alone is read
