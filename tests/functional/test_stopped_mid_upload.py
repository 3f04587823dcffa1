"""SIGTERM to ``manage.py up`` while a large checkpoint is on its way: what is complete on disk is what goes on.

Whoever watches the job meanwhile is told of it from its first event to its last, each once.
"""

from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import uploads
from tests.support.embedded import STOP_SECONDS, Embedded, running
from tests.support.processes import living
from tests.support.waiting import wait_for
from trainyard_client import Client
from trainyard_client.types import Update

pytestmark = pytest.mark.timeout(400)
SOON_SECONDS = 120
RESNET: dict[str, Any] = {
    "name": "pets",
    "task": "image_classification",
    "architecture": {"name": "resnet", "depth": 18},
    "training": {"epochs": 2_000, "batch_size": 4, "checkpoint": {"every_steps": 5}},
}
"""Eleven million parameters: a checkpoint of 134 MB every five steps, so that one is nearly always on its way."""


def upload_pets(client: Client, directory: Path) -> str:
    archive = uploads.write_zip(directory / "pets.zip", uploads.class_folders())
    sent = client.datasets.create_from(archive, task="image_classification")
    return client.datasets.wait(sent.dataset_id, sent.id).id


def waiting_on_disk(platform: Embedded, client: Client, job_id: str) -> int | None:
    """The step of a checkpoint that is complete on the worker's disk, of which the platform does not know yet."""
    marked = platform.data_dir.rglob("held/step-*/written.json")
    newest = max((int(file.parent.name.removeprefix("step-")) for file in marked), default=0)
    registered = max((checkpoint["step"] for checkpoint in client.jobs.checkpoints(job_id)), default=0)
    return newest if newest > registered > 0 else None


def newest_attempt(client: Client, job_id: str) -> dict[str, Any] | None:
    """The job's second attempt, once it trains."""
    newest = client.jobs.attempts(job_id)[0]
    return newest if newest["attempt"] > 1 and newest["training_started_at"] else None


def watch(platform: Embedded, job_id: str, updates: list[Update]) -> None:
    with platform.client() as client:
        for update in client.jobs.watch(job_id):
            updates.append(update)


def test_a_training_goes_on_from_what_its_worker_had_on_disk_and_a_watch_outlives_the_service(tmp_path: Path) -> None:
    """It is stopped and started again on the same port."""
    updates: list[Update] = []
    with running(tmp_path / "data") as platform:
        port = urlsplit(platform.facts["base_url"]).port or 0
        with platform.client() as client:
            job = client.jobs.submit({**RESNET, "dataset": upload_pets(client, tmp_path)})
            watching = Thread(target=watch, args=(platform, job.id, updates), daemon=True)
            watching.start()
            wait_for(lambda: any(update.type == "metrics" for update in updates), seconds=60)
            complete = wait_for(lambda: waiting_on_disk(platform, client, job.id), seconds=SOON_SECONDS)
            reported = client.jobs.get(job.id).progress.step
        children = platform.descendants()
        assert platform.stop() < STOP_SECONDS
        assert living(children) == []

    told_before = len(updates)
    with running(tmp_path / "data", port=port) as again, again.client() as client:
        attempt = wait_for(lambda: newest_attempt(client, job.id), seconds=SOON_SECONDS)
        begun = attempt["start_step"]
        assert begun >= complete
        told = [event for event in client.jobs.events(job.id) if event["type"] == "stepped_back"]
        assert bool(told) or reported <= begun
        for event in told:
            assert event["reason"]
            assert event["data"]["to_step"] == begun
            assert event["data"]["from_step"] > begun

        wait_for(lambda: len(updates) > told_before, seconds=90)
        client.jobs.cancel(job.id)
        watching.join(timeout=90)
        assert not watching.is_alive()
        history = [event.sequence for event in client.jobs.events(job.id)]
    assert [update.id for update in updates if update.type == "event"] == history[::-1]
    assert updates[-1].data.get("state", updates[-1].data.get("to_state")) == "cancelled"
