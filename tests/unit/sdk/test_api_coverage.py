"""The client and the API's schema, held against each other: every operation has a method or a reason to have none.

Each method is called on a service that answers every request by the schema: what it asks must be an operation there,
by parameters and fields that are described, and what is answered must be what it can read.
"""

import asyncio
import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.schema_samples import document, operations, sample
from trainyard_client import AsyncClient, Client
from trainyard_client.core.methods import Resource, listing, method

METHODS = ("get", "post", "patch", "put", "delete", "head")
OF_SESSIONS = "for people who logged in with a browser: a key belongs to one organization and to nobody"
BEFORE_A_KEY = "of somebody who has no key yet: `trainyard_client.device_login`"
LEFT_OUT = {
    "authorizeDevice": BEFORE_A_KEY,
    "exchangeDeviceCode": BEFORE_A_KEY,
    "readDeviceAuthorization": OF_SESSIONS,
    "approveDevice": OF_SESSIONS,
    "denyDevice": OF_SESSIONS,
    "listNotices": OF_SESSIONS,
    "readNotices": OF_SESSIONS,
    "listOrganizations": OF_SESSIONS,
    "openOrganization": OF_SESSIONS,
    "switchOrganization": OF_SESSIONS,
    "leaveOrganization": OF_SESSIONS,
    "readInvitation": OF_SESSIONS,
    "acceptInvitation": OF_SESSIONS,
    "adminImpersonate": OF_SESSIONS,
    "endImpersonation": OF_SESSIONS,
    "receiveStripeEvent": "called by the payment provider, with its signature",
}
"""Operations without a method, and why."""
SEVERAL_STEPS: dict[str, tuple[str, ...]] = {
    "call": (),
    "prepare": (),
    "train": (),
    "create_from": (),
    "import_from": ("createDatasetImport",),
    "measure": ("measureJob",),
    "predict": ("predict",),
    "watch": ("streamJob",),
    "download": ("downloadModelFile",),
    "import_adapter": ("importModel",),
    "export_to": ("createModelExport", "getModelExport", "downloadModelExportFile"),
    "spec": (),
    "download_export": ("downloadExport",),
    "upload": ("createDatasetVersion", "createUpload", "getUpload", "addToUpload", "deleteUpload"),
}
"""Methods that go on by what was answered, and the operations that they come to: real services try them elsewhere."""
BY_ARGUMENT = {"getInvoicePdf", "getInvoiceJournal"}
"""Operations of ``billing.download_invoice`` with another ``form``."""
ARGUMENTS: dict[str, Any] = {
    "spec": {}, "job_ids": ["job_1"], "inputs": [{}], "names": ["a"], "labels": {"a": "b"}, "weights": {"a": 1.0},
    "limit": 1, "line": 1, "position": 1, "events": ["job.created"], "scopes": ["jobs.read"], "limits": {},
    "options": {},
    "format": "merged",
    "form": "csv", "wrong": True, "task": "tabular_classification", "slot_kind": "cpu",
}  # fmt: skip


class Service:
    """Answers every request as the schema describes, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], httpx.Request]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name, operation = operation_of(request)
        self.asked.append((name, operation, request))
        status, answer = next((code, found) for code, found in operation["responses"].items() if code != "default")
        content = answer.get("content", {})
        if not content:
            return httpx.Response(int(status))
        described = next(iter(content.values()))["schema"]
        body = sample(described)
        if isinstance(body, dict) and "next_cursor" in body:
            body["next_cursor"] = None
        return httpx.Response(int(status), json=body)


def operation_of(request: httpx.Request) -> tuple[str, dict[str, Any]]:
    """The operation that answers ``request``; of several paths that fit, the one with the fewest variables."""
    fitting = []
    for verb, path, operation in operations(*METHODS):
        if verb == request.method.lower() and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), request.url.path):
            fitting.append((path.count("{"), operation))
    assert fitting, f"the schema has no {request.method} {request.url.path}"
    operation = min(fitting, key=lambda found: found[0])[1]
    return operation["operationId"], operation


def resources(root: Resource[Any], name: str = "") -> Iterator[tuple[str, Resource[Any]]]:
    """``root`` and every resource that it leads to, each once, by dotted names."""
    yield name, root
    for attribute, value in vars(root).items():
        if isinstance(value, Resource) and attribute != "workers":
            yield from resources(value, f"{name}.{attribute}".lstrip("."))
    if name == "admin":
        yield from resources(root.workers, "admin.workers")  # type: ignore[attr-defined]  # as Client has it too


def methods_of(resource: Resource[Any]) -> dict[str, "method[..., Any] | listing[..., Any]"]:
    found = {name: member for kind in type(resource).__mro__ for name, member in vars(kind).items()}
    return {name: member for name, member in found.items() if isinstance(member, method | listing)}


def client_of(service: Service) -> Client:
    return Client(base_url="http://yard", api_key="key", transport=httpx.MockTransport(service))


def every_method() -> list[tuple[str, str]]:
    with client_of(Service()) as client:
        return [(place, name) for place, resource in resources(client) for name in methods_of(resource)]


def arguments(plan: Callable[..., Any], directory: Path) -> tuple[list[Any], dict[str, Any]]:
    """Values for everything that a method takes by name, so that all of it is sent."""
    positional, named = [], {}
    for name, parameter in list(inspect.signature(plan).parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name == "idempotency_key":
            continue
        about = str(parameter.annotation)
        value = ARGUMENTS.get(name, directory / "file" if "Path" in about else 1 if about.startswith("int") else "a")
        value = True if about.startswith("bool") else value
        if parameter.kind == parameter.KEYWORD_ONLY:
            named[name] = value
        else:
            positional.append(value)
    return positional, named


def resource_at(client: Any, place: str) -> Any:
    for part in filter(None, place.split(".")):
        client = getattr(client, part)
    return client


def ask(place: str, name: str, directory: Path) -> Service:
    service = Service()
    with client_of(service) as client:
        resource = resource_at(client, place)
        positional, named = arguments(methods_of(resource)[name].plan, directory)
        answer = getattr(resource, name)(*positional, **named)
        if isinstance(answer, Iterator):
            list(answer)
    return service


ONE_STEP = [(place, name) for place, name in every_method() if name not in SEVERAL_STEPS and name != "wait"]


@pytest.mark.parametrize(("place", "name"), ONE_STEP, ids=[".".join(filter(None, one)) for one in ONE_STEP])
def test_a_method_asks_what_the_schema_describes(place: str, name: str, tmp_path: Path) -> None:
    service = ask(place, name, tmp_path)
    assert service.asked
    for _, operation, request in service.asked:
        described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        assert set(request.url.params) <= described, operation["operationId"]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if "$ref" in body:
            body = document()["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        if body.get("additionalProperties") is False and request.content:
            assert set(json.loads(request.content)) <= set(body["properties"]), operation["operationId"]


def test_every_operation_has_a_method_or_a_reason_to_have_none(tmp_path: Path) -> None:
    called = {name for place, method in ONE_STEP for name, _, _ in ask(place, method, tmp_path).asked}
    called |= BY_ARGUMENT.union(*SEVERAL_STEPS.values())
    known = {operation["operationId"] for _, _, operation in operations(*METHODS)}
    assert called <= known
    assert known - called - set(LEFT_OUT) == set()
    assert set(LEFT_OUT) <= known - called


def test_the_awaited_client_has_the_same_methods(tmp_path: Path) -> None:
    """One definition makes both: a few calls show that it holds."""

    async def call() -> list[str]:
        service = Service()
        async with AsyncClient(base_url="http://yard", api_key="key", transport=httpx.MockTransport(service)) as client:
            await client.jobs.pause_many(["job_1"])
            await client.models.evaluation("mdl_1")
            [refund async for refund in client.billing.refunds(limit=1)]
            await client.admin.billing.legal_entity()
        return [name for name, _, _ in service.asked]

    assert asyncio.run(call()) == ["pauseJobs", "getModelEvaluation", "listRefunds", "adminGetLegalEntity"]
