from functools import cache

import pytest

from tests.support.insider import run
from trainyard_common.sandbox import Policy, Sandbox, SandboxKind


@cache
def _refusal(kind: SandboxKind) -> str:
    from tests.support.insider import LANDLOCK, NAMESPACES

    done = run("", Policy(), NAMESPACES if kind is SandboxKind.NAMESPACES else LANDLOCK)
    return "" if done.status == 0 else done.stderr.splitlines()[-1]


@pytest.fixture
def with_namespaces() -> Sandbox:
    from tests.support.insider import NAMESPACES

    if refusal := _refusal(SandboxKind.NAMESPACES):
        pytest.skip(f"this host has no namespaces: {refusal}")
    return NAMESPACES


@pytest.fixture
def with_landlock() -> Sandbox:
    from tests.support.insider import LANDLOCK

    if refusal := _refusal(SandboxKind.LANDLOCK):
        pytest.skip(f"this host has no Landlock: {refusal}")
    return LANDLOCK
