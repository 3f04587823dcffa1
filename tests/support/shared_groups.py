"""Groups of test files that share a platform, which ends once the last of a group's tests has run, not with the run.

A platform at rest takes a twelfth of a core: three of them, until everything else is tested, took minutes.
"""

from collections.abc import Iterator

import pytest

SHARED = pytest.mark.xdist_group("platform")
SHARED_LANGUAGE = pytest.mark.xdist_group("language platform")
CLOCKED = pytest.mark.xdist_group("clocked")
SHARED_BY = {
    CLOCKED.args[0]: "clocked_platform",
    SHARED.args[0]: "shared_platform",
    SHARED_LANGUAGE.args[0]: "language_platform",
}
"""The fixture of each group. One that is asked for again starts anew."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    group = _group_of(item)
    # Only a process of xdist has a group's tests one after the other.
    if group not in SHARED_BY or group == _group_of(nextitem) or not hasattr(item.config, "workerinput"):
        return
    for definition in item.session._fixturemanager.getfixturedefs(SHARED_BY[group], item) or ():
        definition.finish(item._request)  # type: ignore[attr-defined]


def _group_of(item: pytest.Item | None) -> str | None:
    mark = item.get_closest_marker("xdist_group") if item else None
    return str(mark.args[0]) if mark else None
