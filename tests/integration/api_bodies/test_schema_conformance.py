"""The published schema tells the truth: what is answered is described there, and what it forbids is refused.

Every operation is asked about an organization that has something of everything: as it should be, and with one value
of its body or one parameter replaced by what the schema does not allow.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator

from tests.support.estate import METHODS, Call, Estate, calls, estate
from tests.support.fuzz.scale import some
from tests.support.platform import Caller
from tests.support.schema_samples import body_schema, document, operations

__all__ = ["estate"]

ODD: tuple[Any, ...] = (None, [], {}, True, -1, 10**30, 0.5, "", "\N{SNOWMAN}" * 300, ["a", 1], {"a": None})
"""In place of a value: whether the schema allows one there is for the schema to say."""
ODD_PARAMETERS = ("", "-1", "0", "x", "9" * 40, "1.5", "\N{SNOWMAN}", "true", "None")


@cache
def described() -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for _, _, operation in operations(*METHODS)}


@cache
def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": document()["components"]})


def violates(value: Any, schema: dict[str, Any]) -> str:
    """How ``value`` breaks ``schema``; empty where it does not."""
    errors = validator(json.dumps(schema, sort_keys=True)).iter_errors(value)
    return next((f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors), "")


def disagreement(call: Call, answer: Any) -> str:
    """What of ``answer`` the schema does not say; empty where it says all of it."""
    status, kind = str(answer.status_code), answer.headers.get("Content-Type", "").split(";")[0]
    if answer.status_code >= 500:
        return f"{status}: {answer.content[:200]!r}"
    responses = described()[call.name]["responses"]
    if answer.status_code >= 400:
        problems = responses["default"]["content"]
        if kind not in problems:
            return f"{status} is no {' or '.join(problems)} but {kind}"
        return violates(answer.json(), problems[kind]["schema"])
    if status not in responses:
        return f"{status} is not described"
    content = responses[status].get("content", {})
    if not content:
        return f"{status} has a body" if not answer.streaming and answer.content else ""
    if kind not in content:
        return f"{status} is {kind}, not {' or '.join(content)}"
    if kind != "application/json":
        return ""
    wrong = violates(answer.json(), content[kind]["schema"])
    return f"{status} answers what is not described: {wrong}" if wrong else ""


def ask(client: Client, call: Call, body: Any = None, **query: str) -> Any:
    """One call that leaves nothing behind."""
    path = call.path + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")
    data = {} if call.method == "get" else {"data": json.dumps(body), "content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(client, call.method)(path, **data)
        transaction.set_rollback(True)
    return answer


@pytest.fixture
def clients(owner: Caller, operator: Caller) -> dict[bool, Client]:
    """By whether a path is an operator's."""
    return {
        admin: Client(headers={"Authorization": f"Bearer {caller.secret}"}, raise_request_exception=False)
        for admin, caller in ((False, owner), (True, operator))
    }


def client_for(clients: dict[bool, Client], call: Call) -> Client:
    return clients["/admin/" in call.path]


def test_every_answer_is_described(estate: Estate, clients: dict[bool, Client]) -> None:
    answers = {call.name: (call, ask(client_for(clients, call), call, call.body)) for call in calls(estate)}
    found = {name: disagreement(call, answer) for name, (call, answer) in answers.items()}
    assert "\n".join(f"{name}: {wrong}" for name, wrong in found.items() if wrong) == ""
    well = [name for name, (_, answer) in answers.items() if answer.status_code < 300]
    assert len(well) > 80, sorted(found.keys() - set(well))


def test_what_a_body_may_not_be_is_refused(estate: Estate, clients: dict[bool, Client]) -> None:
    found = []
    for call in calls(estate):
        schema = body_schema(described()[call.name])
        if schema is None:
            continue
        for turn, (what, body) in enumerate(odd_bodies(call.body)):
            for value in some(ODD, turn=turn, quick=1):
                sent = body(value)
                answer = ask(client_for(clients, call), call, sent)
                wrong = disagreement(call, answer)
                forbidden = violates(sent, schema) if answer.status_code < 300 else ""
                if wrong or forbidden:
                    found.append(
                        f"{call.name} with {what} = {value!r}: {wrong or f'accepted, though {forbidden}'}"[:400]
                    )
    assert "\n".join(found) == ""


def odd_bodies(body: Any) -> Iterator[tuple[str, Any]]:
    """Each field of ``body`` by name, with what puts a value in its place; and a field that is none."""
    if not isinstance(body, dict):
        return
    for name in (*body, "nobody_knows_this"):
        yield name, lambda value, name=name: deepcopy(body) | {name: value}


def test_what_a_parameter_may_not_be_is_refused(estate: Estate, clients: dict[bool, Client]) -> None:
    found = []
    for call in calls(estate):
        described_here = described()[call.name].get("parameters", [])
        asked = {each["name"]: each for each in described_here if each["in"] == "query"}
        for turn, (name, parameter) in enumerate(asked.items() if call.method == "get" else ()):
            for text in some(ODD_PARAMETERS, turn=turn, quick=3):
                answer = ask(client_for(clients, call), call, **{name: text})
                wrong = disagreement(call, answer)
                forbidden = violates(read(text, parameter["schema"]), parameter["schema"])
                if wrong or (forbidden and answer.status_code < 300):
                    found.append(f"{call.name}?{name}={text}: {wrong or f'accepted: {forbidden}'}"[:400])
    assert "\n".join(found) == ""


def read(text: str, schema: dict[str, Any]) -> Any:
    """``text`` of a query as a value of the type that ``schema`` asks for, if it is one; 1 and 0 are booleans too."""
    kinds = schema.get("type", "string")
    if not text and "null" in kinds:
        return None
    for kind, parse in (("integer", int), ("number", float)):
        if kind in kinds:
            try:
                return parse(text)
            except ValueError:
                return text
    return {"true": True, "false": False, "1": True, "0": False}.get(text, text) if "boolean" in kinds else text
