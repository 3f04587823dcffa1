"""The worker protocol and other systems' faces are sent odd values in each field: refused or taken, never broken."""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.test import Client

from tests.support.estate import estate
from tests.support.fuzz.scale import some
from tests.support.other_faces import WORKER, FaceCall, Faces, face_calls, faces
from tests.support.platform import Caller
from tests.support.present_bench import bench, enrolled, worker
from tests.support.worker_calls import WorkerCaller

__all__ = ["bench", "enrolled", "estate", "faces", "worker"]

ODD: tuple[Any, ...] = (
    2**63,
    float("nan"),
    None,
    "a\0b",
    [],
    -1,
    {"a": {}},
    2**31,
    float("inf"),
    10**400,
    "\ud800",
    [[]],
    "",
    0.5,
    {},
    "a" * 70_000,
    True,
)


def places(body: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to each part of ``body``, itself first."""
    yield above
    parts = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, part in parts:
        yield from places(part, (*above, key))


def with_odd(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    first, *rest = place
    whole = dict(body) if isinstance(body, dict) else list(body)
    whole[first] = with_odd(body[first], tuple(rest), value)
    return whole


def odd_calls(faces: Faces) -> Iterator[FaceCall]:
    turn = 0
    for call in face_calls(faces):
        if call.method == "get" or isinstance(call.body, bytes):
            continue
        for place in places(call.body):
            turn += 1
            for value in some(ODD, turn=turn, quick=2):
                name = f"{call.name} {'.'.join(map(str, place))} = {str(value)[:20]!r}"
                yield replace(call, name=name, body=with_odd(call.body, place, value))


def client_with(key: str) -> Client:
    headers = {"Authorization": f"Bearer {key}", "X-API-Key": f"tml-{key}"}
    return Client(headers=headers, raise_request_exception=False)


def test_no_odd_value_breaks_a_route(faces: Faces, worker: WorkerCaller, owner: Caller, settings: Any) -> None:
    # Nobody answers what is well asked.
    quick = {"generation_seconds": 0.01, "prediction_seconds": 0.01}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=quick)
    of_worker, of_owner = client_with(worker.token), client_with(owner.secret)
    broken = []
    for call in odd_calls(faces):
        with transaction.atomic():
            status, answer = call.ask(of_worker if WORKER in call.path else of_owner)
            transaction.set_rollback(True)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            broken.append(f"{call.name}: {answer[:150]}")
    assert broken == []
