"""One running platform for all test files that need no more than a tenant on it: each file has one of its own.

A file that shares says so by its mark, ``SHARED``: its tests run in the same process as those of the others.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support.embedded import Embedded, running
from tests.support.mailbox import link_to
from tests.support.shared_groups import SHARED as SHARED
from tests.support.shared_groups import SHARED_LANGUAGE as SHARED_LANGUAGE
from tests.support.tiny_language_model import SIZES, register_language_model

BASE = "tiny-lm"
CONTEXT = 2_048
"""Of the base: a job of OpenAI's client takes rows of as many tokens as a job does by itself."""
CREDIT = "100"


class FilesAndGroups(LoadFileScheduling):
    """Hands out whole files, and those that share something as one."""

    def _split_scope(self, nodeid: str) -> str:
        # xdist's ``loadgroup`` writes a group behind the test's name, and by itself would scatter all other tests.
        return nodeid.rpartition("]")[2].partition("@")[2] or super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesAndGroups | None:
    return FilesAndGroups(config, log) if config.getvalue("dist") == "loadgroup" else None  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def shared_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """With the default settings. Nothing in it may be stopped, killed or kept from working."""
    with running(tmp_path_factory.mktemp("shared") / "data") as platform:
        yield platform


@pytest.fixture(scope="session")
def language_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """With a tiny language model registered as ``BASE``; for files that say ``SHARED_LANGUAGE``."""
    directory = tmp_path_factory.mktemp("language")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "positions", CONTEXT)
        register_language_model(models_of(directory / "data"), BASE)
    with running(directory / "data", TRAINYARD_WORKER_PRETRAINED_MODELS=str(models_of(directory / "data"))) as platform:
        yield platform


def models_of(data_dir: Path) -> Path:
    """Where the models of a language platform are registered, by its data directory."""
    return data_dir.with_name("models")


def as_new_tenant(platform: Embedded, name: str) -> Embedded:
    """``platform`` as a new organization has it: its key, and its owner, stand where those of the demo tenant were."""
    email, password = f"owner-{uuid4().hex[:12]}@example.org", uuid4().hex
    with platform.client("admin_api_key") as operator:
        made = operator.admin.create_organization(name=name, owner_email=email)
        operator.admin.grant_credit(made.id, amount=CREDIT, kind="promotional")
    accounts = f"{platform.facts['base_url']}/_allauth/app/v1/auth/password"
    httpx.post(f"{accounts}/request", json={"email": email}, timeout=60).raise_for_status()
    link = link_to(platform, email, "reset-password")
    reset = {"key": link.rpartition("/")[2], "password": password}
    answer = httpx.post(f"{accounts}/reset", json=reset, timeout=60)
    assert answer.status_code in {200, 401}, answer.text  # 401: it is set, and nobody is logged in
    own = {"demo_api_key": made.api_key.secret, "demo_email": email, "demo_password": password}
    return replace(platform, facts=platform.facts | own)
