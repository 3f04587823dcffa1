"""``manage.py up``: one command, everything; a clean end; the same keys and jobs the next time."""

import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support import uploads
from tests.support.embedded import REPOSITORY, STOP_SECONDS, Embedded, running
from tests.support.processes import living
from tests.support.sample_jobs import table_spec, text_spec, upload_table
from tests.support.waiting import wait_for
from trainyard_client.types import Job
from trainyard_spec.engine_protocol import READERS_FILES

pytestmark = pytest.mark.timeout(600)
WEB_MEMORY_BYTES = 200 * 2**20


def train_table_model(platform: Embedded, directory: Path) -> Job:
    """One small finished job of the demo tenant."""
    with platform.client() as client:
        return client.jobs.wait(client.jobs.submit(table_spec(upload_table(client, directory))).id)


@dataclass(frozen=True)
class FirstRun:
    """What a platform was that began in an empty directory, trained a model and was told to stop."""

    platform: Embedded
    mode: int
    job: Job
    children: list[psutil.Process]
    stop_seconds: float


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    data_dir = tmp_path_factory.mktemp("first")
    data_dir.chmod(0o755)
    with running(data_dir) as platform:
        mode = stat.S_IMODE(data_dir.stat().st_mode)
        job = train_table_model(platform, tmp_path_factory.mktemp("table"))
        children = platform.descendants()
        return FirstRun(platform, mode, job, children, platform.stop())


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One platform for the tests that leave it running."""
    with running(tmp_path_factory.mktemp("shared") / "data") as platform:
        yield platform


def test_it_serves(platform: Embedded) -> None:
    assert set(platform.facts) >= {
        "base_url", "admin_api_key", "demo_api_key", "dashboard_url", "demo_email", "demo_password",
    }  # fmt: skip
    base_url = platform.facts["base_url"]
    assert httpx.get(f"{base_url}/healthz").status_code == 200
    assert httpx.get(f"{base_url}/api/schema/", timeout=60).status_code == 200
    assert "swagger" in httpx.get(f"{base_url}/api/docs/").text


def test_it_ends_within_ten_seconds_and_leaves_no_child(first: FirstRun) -> None:
    assert first.mode == 0o700
    assert first.job.state == "succeeded"
    assert len(first.children) >= 6  # redis, web, control, beat, worker, forkserver
    assert first.stop_seconds < STOP_SECONDS
    assert first.platform.process.returncode == 0
    assert living(first.children) == []


def test_a_restart_keeps_keys_jobs_and_models_and_two_instances_run_side_by_side(
    first: FirstRun, platform: Embedded, tmp_path: Path
) -> None:
    assert first.job.model_id is not None
    with running(first.platform.data_dir) as again, again.client() as client, platform.client() as elsewhere:
        same = {name: again.facts[name] for name in ("admin_api_key", "demo_api_key", "demo_password")}
        assert same == {name: first.platform.facts[name] for name in same}
        assert platform.facts["demo_api_key"] != again.facts["demo_api_key"]
        assert client.jobs.get(first.job.id).state == "succeeded"
        assert first.job.id not in [job.id for job in elsewhere.jobs.list()]
        files = client.models.download(first.job.model_id, tmp_path / "model")
        assert {path.name for path in files} == {
            "model.safetensors",
            "config.json",
            "manifest.json",
            *READERS_FILES,
        }


def test_a_service_that_dies_is_started_again(platform: Embedded, tmp_path: Path) -> None:
    for words in (("trainyard.config.web",), ("trainyard_worker",), ("worker", "control"), ("beat",), ("valkey",)):
        platform.service(*words).kill()
    assert train_table_model(platform, tmp_path).state == "succeeded"


def test_texts_go_from_an_upload_to_a_prediction(platform: Embedded, tmp_path: Path) -> None:
    table = uploads.write_csv(tmp_path / "posts.csv", uploads.post_rows(90))
    with platform.client() as client:
        dataset = client.datasets.create(
            name="posts", task="text_classification", options={"text": "post", "target": "topic"}
        )
        version = client.datasets.wait(dataset.id, client.datasets.upload(dataset.id, table).id)
        job = client.jobs.wait(client.jobs.submit(text_spec(version.id)).id)
        assert job.model_id is not None
        answers = client.models.predict(job.model_id, ["the actor, a scene", "goal, team, cup"])
        assert [answer["label"] for answer in answers] == ["film", "sport"]
        names = {path.name for path in client.models.download(job.model_id, tmp_path / "model")}
        assert names == {"model.safetensors", "config.json", "tokenizer.json", "manifest.json", *READERS_FILES}


def test_the_web_process_never_loads_torch_and_stays_small(platform: Embedded, tmp_path: Path) -> None:
    train_table_model(platform, tmp_path)
    web = platform.service("trainyard.config.web")
    assert not [mapped.path for mapped in web.memory_maps() if "torch" in mapped.path]
    assert web.memory_info().rss < WEB_MEMORY_BYTES


def command_line(platform: Embedded, *arguments: str) -> str:
    """What ``trainyard`` prints for the operator of ``platform``."""
    done = subprocess.run(
        [sys.executable, "-m", "trainyard_client", *arguments],
        env={
            "PYTHONPATH": str(REPOSITORY / "sdk"),
            "TRAINYARD_URL": platform.facts["base_url"],
            "TRAINYARD_API_KEY": platform.facts["admin_api_key"],
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_drained_worker_gives_its_job_back_and_no_step_is_lost(platform: Embedded, tmp_path: Path) -> None:
    with platform.client() as client:
        job = client.jobs.submit(table_spec(upload_table(client, tmp_path), epochs=2_000, batch_size=8))
        wait_for(lambda: client.jobs.get(job.id).progress.step > 0, seconds=60)
        worker = command_line(platform, "workers", "list", "--state", "active").split("wrk_")[1].split()[0]
        assert "is draining" in command_line(platform, "workers", "drain", f"wrk_{worker}")
        wait_for(lambda: client.jobs.get(job.id).state == "queued", seconds=60)
        assert job.id in command_line(platform, "workers", "queue")
        drained = client.jobs.get(job.id)
        [first] = client.jobs.attempts(job.id)
        assert first["kept_seconds"] == first["trained_seconds"] > 0
        assert "is active" in command_line(platform, "workers", "uncordon", f"wrk_{worker}")
        wait_for(lambda: client.jobs.get(job.id).state == "running", seconds=60)
        assert client.jobs.attempts(job.id)[0]["start_step"] == drained.progress.step
        [answer] = client.jobs.cancel_many([job.id])
        assert answer["error"] is None
        assert client.jobs.wait(job.id).state == "cancelled"


def test_a_removed_worker_is_followed_by_a_new_one(platform: Embedded, tmp_path: Path) -> None:
    [listed] = [line for line in command_line(platform, "workers", "list").splitlines() if "active" in line]
    worker = f"wrk_{listed.split('wrk_')[1].split()[0]}"
    command_line(platform, "workers", "remove", worker)
    assert train_table_model(platform, tmp_path).state == "succeeded"
    assert worker not in command_line(platform, "workers", "list", "--state", "active")


def refusal(*arguments: str) -> str:
    """What ``manage.py up`` says when it cannot start."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal("--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert f"port {port}" in said
    assert "--port" in said


def test_a_data_directory_in_use_is_said_in_a_sentence(platform: Embedded) -> None:
    said = refusal("--data-dir", str(platform.data_dir), "--port", "0")
    assert "another Trainyard already runs" in said


def test_a_data_directory_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal("--data-dir", str(tmp_path / "file" / "data"), "--port", "0")
    assert "cannot be written to" in said
