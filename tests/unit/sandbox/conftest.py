from functools import cache

import pytest

from tests.support.insider import run
from trainyard_common.sandbox import Kind, Policy, Sandbox


@cache
def _refusal(kind: Kind) -> str:
    from tests.support.insider import LANDLOCK, NAMESPACES

    done = run("", Policy(), NAMESPACES if kind is Kind.NAMESPACES else LANDLOCK)
    return "" if done.status == 0 else done.stderr.splitlines()[-1]


@pytest.fixture
def with_namespaces() -> Sandbox:
    from tests.support.insider import NAMESPACES

    if refusal := _refusal(Kind.NAMESPACES):
        pytest.skip(f"this host has no namespaces: {refusal}")
    return NAMESPACES


@pytest.fixture
def with_landlock() -> Sandbox:
    from tests.support.insider import LANDLOCK

    if refusal := _refusal(Kind.LANDLOCK):
        pytest.skip(f"this host has no Landlock: {refusal}")
    return LANDLOCK
