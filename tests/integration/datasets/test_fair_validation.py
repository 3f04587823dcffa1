"""Whose upload is checked next: nobody's many files stand before another's one."""

from itertools import pairwise
from pathlib import Path

import pytest
from pytest_django import Settings as DjangoSettings

from tests.support import uploads
from tests.support.dataset_versions import clock, create_dataset, upload
from tests.support.platform import Caller
from trainyard.datasets import validation
from trainyard.datasets.models import DatasetVersion


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return uploads.write_csv(tmp_path / "flowers.csv", uploads.flower_rows())


def uploaded(caller: Caller, file: Path, *, times: int = 1) -> list[str]:
    dataset_id = create_dataset(caller, target="species")
    return [upload(caller, dataset_id, file)["id"] for _ in range(times)]


def claimed() -> str | None:
    version = validation._claim_next(clock())
    return version.id if version else None


def allow(settings: DjangoSettings, *, at_once: int) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"validations_per_organization": at_once})


def test_one_that_came_last_is_second(owner: Caller, outsider: Caller, file: Path) -> None:
    many = uploaded(owner, file, times=3)
    [one] = uploaded(outsider, file)
    assert {claimed(), claimed()} == {many[0], one}


def test_no_organization_takes_every_slot(owner: Caller, outsider: Caller, file: Path) -> None:
    many = uploaded(owner, file, times=3)
    assert [claimed(), claimed()] == [many[0], None]
    [one] = uploaded(outsider, file)
    assert claimed() == one


def test_organizations_take_turns(owner: Caller, outsider: Caller, file: Path) -> None:
    first, second = uploaded(owner, file, times=3), uploaded(outsider, file, times=3)
    for _ in range(6):
        validation.validate_next(clock=clock)
    ended = DatasetVersion.across_tenants.filter(state="ready").order_by("validated_at").values_list("id", flat=True)
    mine = [version in first for version in ended]
    assert len(mine) == len([*first, *second])
    assert all(one != other for one, other in pairwise(mine))


def test_more_at_once_go_to_whoever_has_least_running(
    owner: Caller, outsider: Caller, file: Path, settings: DjangoSettings
) -> None:
    allow(settings, at_once=2)
    mine, other = uploaded(owner, file, times=3), uploaded(outsider, file, times=1)
    order = [claimed() for _ in range(4)]
    assert set(order[:2]) == {mine[0], other[0]}
    assert order[2:] == [mine[1], None]


def test_a_lost_validator_takes_up_no_turn(owner: Caller, file: Path) -> None:
    many = uploaded(owner, file, times=2)
    assert claimed() == many[0]
    DatasetVersion.across_tenants.filter(id=many[0]).update(validation_expires_at=clock())
    assert claimed() == many[0]
