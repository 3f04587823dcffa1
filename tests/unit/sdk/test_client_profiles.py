"""Whom the client talks to."""

from pathlib import Path

import pytest

from trainyard_client import Client, NotConfigured
from trainyard_client.profiles import Profile, Profiles, path, resolve

MINE, WORK = Profile("http://mine", "ty_live_mine"), Profile("https://work", "ty_live_work")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("TRAINYARD_URL", "TRAINYARD_API_KEY", "TRAINYARD_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def store() -> None:
    Profiles("mine", {"mine": MINE, "work": WORK}).write()


def test_arguments_come_before_the_environment_and_that_before_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    store()
    assert resolve() == MINE
    monkeypatch.setenv("TRAINYARD_PROFILE", "work")
    assert resolve() == WORK
    monkeypatch.setenv("TRAINYARD_URL", "http://other")
    monkeypatch.setenv("TRAINYARD_API_KEY", "ty_live_other")
    assert resolve() == Profile("http://other", "ty_live_other")
    assert resolve("http://fourth", "k") == Profile("http://fourth", "k")
    assert resolve(profile="mine") == MINE


def test_a_key_goes_to_no_service_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    store()
    monkeypatch.setenv("TRAINYARD_URL", "http://another")
    with pytest.raises(NotConfigured, match="TRAINYARD_API_KEY"):
        resolve()


def test_profiles_are_readable_by_their_owner_alone() -> None:
    store()
    assert path().stat().st_mode & 0o777 == 0o600
    assert "ty_live" not in repr(Profiles.read().get("mine"))


def test_what_is_missing_is_said() -> None:
    with pytest.raises(NotConfigured, match="trainyard login"):
        Client()
    with pytest.raises(NotConfigured, match="no profile work"):
        Client(profile="work")
    with pytest.raises(NotConfigured, match="must begin with http"):
        Client(base_url="yard:8000", api_key="k")
    path().parent.mkdir()
    path().write_text("{")
    with pytest.raises(NotConfigured, match="damaged"):
        Client()
