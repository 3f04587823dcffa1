"""An organization with something of everything."""

from typing import Any

import pytest

from tests.support.jobs import Bench, bench
from tests.support.people import Person, person
from tests.support.platform import Caller
from trainyard.tenants.models import Organization, Role

__all__ = ["bench"]


@pytest.fixture
def ada(organization: Organization) -> Person:
    return person("ada@meadow.example", organization, Role.OWNER)


@pytest.fixture
def trained(bench: Bench, ada: Person, owner: Caller) -> Bench:
    """With a finished job, its model, a checkpoint, an invitation, a webhook and a key."""
    run = bench.run(name="secret-recipe")
    run.train(30, step=10)
    run.checkpoint(10)
    run.train(30, step=40)
    run.succeed()
    made: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/organization/invitations", {"email": "cyn@meadow.example"}),
        ("/api-keys", {"name": "CI"}),
    )
    for path, body in made:
        assert owner.post(path, body).status_code == 201
    return bench
