"""An organization with something of everything."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.jobs import Bench, bench
from tests.support.people import Person, person
from tests.support.platform import Caller
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization, Role
from trainyard.tracking import artifacts
from trainyard.tracking import operations as tracking
from trainyard_spec.engine_protocol import Metrics

__all__ = ["bench"]

NOTES = b"what was tried"


@pytest.fixture
def ada(organization: Organization) -> Person:
    return person("ada@meadow.example", organization, Role.OWNER)


@pytest.fixture
def trained(bench: Bench, ada: Person, owner: Caller) -> Bench:
    """With a finished job, its model, a checkpoint, an invitation, a webhook, a key, and a file logged to a run."""
    run = bench.run(name="secret-recipe")
    run.train(30, step=10)
    run.report(Metrics(steps=(5, 10), values={"train_loss": (0.5, None)}))
    run.checkpoint(10)
    run.train(30, step=40)
    run.succeed()
    made: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/organization/invitations", {"email": "cyn@meadow.example"}),
        ("/api-keys", {"name": "CI"}),
    )
    for path, body in made:
        assert owner.post(path, body).status_code == 201
    _logged(bench.organization.id, bench.now)
    return bench


def _logged(organization_id: str, now: datetime) -> None:
    with tenant_scope(organization_id):
        experiment = tracking.create_experiment(name="by hand", tags={}, now=now)
        run = tracking.create_run(
            experiment_id=experiment.id, name="", user="", started_ms=0, tags={}, actor="owner", now=now
        )
        artifacts.write(run_id=run.id, path="secret-notes.txt", size=len(NOTES), chunks=[NOTES], now=now)
