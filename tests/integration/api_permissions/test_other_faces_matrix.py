"""Every route of the worker protocol and of other systems' faces, asked about one organization by everybody else.

As ``test_tenancy_matrix``, for what stands in no OpenAPI document: routes are found in the URL configuration, and one
that takes a body nobody has written down in ``other_faces`` fails.
"""

from http import HTTPStatus

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings as DjangoSettings

from tests.integration.api_permissions.test_tenancy_matrix import REFUSED, strangers, walls
from tests.support.estate import ID, estate
from tests.support.jobs import make_worker
from tests.support.other_faces import FACES, WORKER, Faces, face_calls, faces, routes
from tests.support.platform import START, Caller
from tests.support.present_bench import bench, enrolled, worker
from tests.support.worker_calls import WorkerCaller
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.pools.models import Pool
from trainyard.pools.operations import remove_worker

__all__ = ["bench", "enrolled", "estate", "faces", "strangers", "walls", "worker"]

CLAIMS = "claim"
UNKNOWN = (401, 403, 404)
NOT_THERE = {
    f"get {WORKER}attempts/<str:attempt_id>/checkpoints/<int:step>/files/<str:name>",  # of attempts before it
    *(f"post compat/mlflow/api/2.0/mlflow/{call}" for call in ("experiments/delete-experiment-tag", "runs/delete-tag")),
}
"""What even those whose it is do not find: a tag or checkpoint that was never made."""
COLLEAGUE = "idle worker of the pool"


@pytest.fixture
def everybody(strangers: dict[str, Client], pool: Pool, faces: Faces) -> dict[str, Client]:
    """All strangers, with their secret in the header that each face reads, and workers that hold nothing of it."""
    now = database_now()
    other = Pool.objects.create(name="other", slot_kind=Pool.SlotKind.CPU, created_at=START)
    removed = make_worker(pool, name="removed", now=now)
    remove_worker(worker_id=removed.worker.id, actor="tests", now=now)
    tokens = {
        "worker of another pool": make_worker(other, name="elsewhere", now=now).token,
        "removed worker": removed.token,
        COLLEAGUE: make_worker(pool, name="idle", now=now).token,
    }
    headers = {name: client.defaults.get("HTTP_AUTHORIZATION") for name, client in strangers.items()}
    callers = {name: header for name, header in headers.items() if header is not None}
    del callers["worker's token"]  # It is the one that holds the attempt.
    callers |= {name: f"Bearer {token}" for name, token in tokens.items()}
    found = {name: _client(header) for name, header in callers.items()}
    return {**found, "no key": Client(raise_request_exception=False)}


def _client(header: str) -> Client:
    headers = {"Authorization": header, "X-API-Key": f"tml-{header.removeprefix('Bearer ')}"}
    return Client(headers=headers, raise_request_exception=False)


def leaks(faces: Faces, clients: dict[str, Client]) -> list[str]:
    """What they are told or change of the estate, by any route."""
    with platform_scope():
        secrets, before = faces.estate.secrets(), faces.estate.rows()
    found = []
    for who, client in clients.items():
        for call in face_calls(faces):
            if who == COLLEAGUE and call.path.endswith(CLAIMS):
                continue  # It may begin what waits for the pool.
            with transaction.atomic():
                status, answer = call.ask(client)
                with platform_scope():
                    changed = status < 300 and faces.estate.rows() != before
                transaction.set_rollback(True)
            told = (secrets & set(ID.findall(answer))) - call.sent
            broke = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
            if told or changed or broke or (call.about_it and status not in REFUSED):
                found.append(f"{who}: {call.name} answers {status}, tells {sorted(told)}, changed: {changed}")
    return found


def test_nobody_else_learns_or_changes_anything_by_other_faces(
    faces: Faces, everybody: dict[str, Client], walls: str
) -> None:
    assert len(list(face_calls(faces))) > 80
    found = leaks(faces, everybody)
    assert not found, "\n".join(found)


def test_every_face_has_routes() -> None:
    assert {face for face, _, _ in routes()} == {*FACES}


def test_what_is_asked_about_is_there_for_those_whose_it_is(
    faces: Faces, owner: Caller, worker: WorkerCaller, settings: DjangoSettings
) -> None:
    """Otherwise that nobody else gets it would mean nothing."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={"prediction_seconds": 1.0, "generation_seconds": 1.0}
    )
    clients = {True: _client(f"Bearer {worker.token}"), False: _client(f"Bearer {owner.secret}")}
    refused = set()
    for call in face_calls(faces):
        with transaction.atomic():
            status, _ = call.ask(clients[call.path.startswith(f"/{WORKER}")])
            transaction.set_rollback(True)
        if call.about_it and status in UNKNOWN:
            refused.add(call.name)
    assert refused == NOT_THERE
