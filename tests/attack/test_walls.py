"""Nothing that an attacker tries from inside works, and each try would work where there are no walls."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.probes import load
from tests.attack.stage import WAYS, Stage, built
from tests.support.insider import NAMESPACES, run
from trainyard_common.sandbox import Policy, Sandbox

pytestmark = pytest.mark.timeout(600)
LEAST_PROBES = 60
LEAST_LIVE = 25
"""Probes that change nothing and so may be tried where nothing keeps them from it."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    if (refused := run("", Policy(), NAMESPACES)).status != 0:
        pytest.skip(f"this host has no namespaces: {refused.stderr}")
    with built(tmp_path, NAMESPACES) as stage:
        yield stage


@pytest.fixture
def open_stage(tmp_path: Path) -> Iterator[Stage]:
    with built(tmp_path, Sandbox()) as stage:
        yield stage


@pytest.mark.parametrize("way", WAYS)
def test_nothing_succeeds_from_inside(stage: Stage, way: str) -> None:
    before = digests(stage)
    results = stage.attack(way)
    assert len(results) >= LEAST_PROBES
    assert {each.name for each in load()} == set(results)
    assert {name: result["how"] for name, result in results.items() if result["succeeded"]} == {}
    assert stage.victim.poll() is None
    assert digests(stage) == before


@pytest.mark.parametrize("way", WAYS)
def test_they_would_succeed_without_walls(open_stage: Stage, way: str) -> None:
    results = open_stage.attack(way, only_harmless=True)
    assert len([name for name, result in results.items() if result["succeeded"]]) >= LEAST_LIVE, results


def digests(stage: Stage) -> dict[str, str]:
    secrets = {name: Path(path) for name, path in stage.told["secrets"].items()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in secrets.items()}
