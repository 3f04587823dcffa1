"""The client and the command line against a whole platform, from which they are cut off meanwhile."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from demo.data import write_irises
from tests.support.answering import SDK
from tests.support.cutting_proxy import cutting_proxy
from tests.support.embedded import Embedded
from tests.support.shared_platform import SHARED, as_new_tenant
from trainyard_client import ChangedFile, Client, InvalidRequest, JobUnsuccessful
from trainyard_client.cli import main

pytestmark = [SHARED, pytest.mark.timeout(600)]

QUICK = {"epochs": 2, "batch_size": 16}


@pytest.fixture(scope="module")
def platform(shared_platform: Embedded) -> Embedded:
    return as_new_tenant(shared_platform, "Client Labs")


@pytest.fixture(scope="module")
def irises(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("irises") / "irises.csv"
    write_irises(path)
    return path


def trainyard(platform: Embedded, home: Path, *arguments: str, status: int = 0, key: str = "demo_api_key") -> str:
    """What the command prints for a tenant of ``platform`` who has logged in."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SDK),
        "XDG_CONFIG_HOME": str(home),
        "TRAINYARD_URL": platform.facts["base_url"],
        "TRAINYARD_API_KEY": platform.facts[key],
    }
    command = [sys.executable, "-m", "trainyard_client", *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def test_arrays_are_trained_on_and_predicted(platform: Embedded) -> None:
    table = np.array([[size + noise, 1.0] for size in (0.0, 5.0) for noise in np.linspace(0, 1, 40)])
    kinds = np.array(["small"] * 40 + ["large"] * 40)
    with platform.client() as client:
        model = client.train(table, target=kinds, training={"epochs": 20, "batch_size": 8}, max_cost="0.10")
        assert client.predict(model, np.array([[0.5, 1.0], [5.5, 1.0]])).tolist() == ["small", "large"]


def test_more_rows_than_fit_in_a_request_are_predicted(platform: Embedded, irises: Path) -> None:
    frame = pd.read_csv(irises)
    with platform.client() as client:
        model = client.train(frame, target="species", training=QUICK, name="irises")
        many = pd.concat([frame] * 2, ignore_index=True)
        assert len(client.predict(model, many)) == 300


def test_a_few_rows_go_on_from_a_model(platform: Embedded, irises: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(irises)
    few = frame.groupby("species").head(8)
    with platform.client() as client:
        parent = client.train(frame, target="species", training={"epochs": 20, "batch_size": 16}, name="parent")
        child = client.train(few, target="species", init_from=parent, training={"epochs": 5, "batch_size": 8})
        assert child.init_from == parent.id
        assert [model.id for model in client.models.list(init_from=parent.id)] == [child.id]
        client.models.download(child.id, tmp_path / "child")
        said = client.predict(child, frame.drop(columns="species"))["prediction"]
        assert (said == frame["species"]).mean() > 0.8
    lineage = json.loads((tmp_path / "child" / "manifest.json").read_bytes())["init_from"]
    assert lineage["weights_sha256"] == parent.weights_sha256
    few.to_csv(tmp_path / "few.csv", index=False)
    options = ("--data", str(tmp_path / "few.csv"), "--target", "species", "--epochs", "2", "--watch")
    trainyard(platform, tmp_path, "train", "--init-from", child.id, *options)
    assert child.id in trainyard(platform, tmp_path, "models", "list", "--init-from", parent.id)


def test_a_job_that_cannot_succeed_is_an_error_that_says_why(platform: Embedded, irises: Path) -> None:
    with platform.client() as client:
        spec = client.prepare(irises, target="species", task="tabular_classification", training=QUICK)
        with pytest.raises(InvalidRequest, match="max_cost"):
            client.jobs.submit({**spec, "limits": {"max_cost": "0.0000001"}})
        job = client.jobs.submit({**spec, "training": {"epochs": 50_000}})
        client.jobs.cancel(job.id)
        with pytest.raises(JobUnsuccessful, match="is cancelled"):
            client.jobs.wait(job.id, check=True)


def test_a_large_file_arrives_through_cuts(platform: Embedded, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    with file.open("w") as rows:
        rows.write("x,y\n")
        rows.writelines(f"{i / 7},{i % 3}\n" for i in range(1_500_000))
    size = file.stat().st_size
    assert size > 2 * 8 * 2**20
    port = urlsplit(platform.facts["base_url"]).port or 0
    with cutting_proxy(port, [size // 4, size // 2, size]) as proxy:
        seen: list[int] = []
        with Client(base_url=proxy.address, api_key=platform.facts["demo_api_key"]) as client:
            dataset = client.datasets.create(name="large", task="tabular_classification", options={"target": "y"})
            version = client.datasets.upload(dataset.id, file, on_progress=lambda sent, _: seen.append(sent))
            upload = next(iter(client.datasets.uploads(limit=1)))
            client.datasets.delete(dataset.id)
        assert proxy.cuts == []
    assert version.bytes == size
    assert (upload.offset, upload.version_id) == (size, version.id)
    assert seen == sorted(seen)
    assert seen[-1] == size


def test_an_unfinished_upload_goes_on_in_another_process(platform: Embedded, tmp_path: Path) -> None:
    with platform.client() as client:
        dataset = client.datasets.create(name="cut", task="tabular_classification", options={"target": "y"})

        def interrupt(sent: int, _: int) -> None:
            if sent:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            client.datasets.upload(dataset.id, large(tmp_path), on_progress=interrupt)
        begun = next(iter(client.datasets.uploads(limit=1)))
        assert 0 < begun.offset < begun.length
        version = client.datasets.upload(dataset.id, large(tmp_path), resume=begun.id)
        assert version.bytes == begun.length

        with pytest.raises(KeyboardInterrupt):
            client.datasets.upload(dataset.id, large(tmp_path), on_progress=interrupt)
        begun = next(iter(client.datasets.uploads(limit=1)))
        path = large(tmp_path)
        path.write_text(path.read_text().replace("1234,0", "4321,0"))
        with pytest.raises(ChangedFile, match="made of both"):
            client.datasets.upload(dataset.id, path, resume=begun.id)
        path.write_text("x,y\n")
        with pytest.raises(ChangedFile, match="bytes"):
            client.datasets.upload(dataset.id, path, resume=begun.id)
        client.datasets.delete(dataset.id)


def large(directory: Path) -> Path:
    """More than a piece of a table."""
    path = directory / "large.csv"
    if not path.exists():
        path.write_text("x,y\n" + "1234,0\n2345,1\n" * 900_000)
    return path


def test_the_command_line_goes_from_a_log_in_to_a_prediction(platform: Embedded, irises: Path, tmp_path: Path) -> None:
    def run(*arguments: str, **options: Any) -> str:
        return trainyard(platform, tmp_path, *arguments, **options)

    assert "Logged in as" in run("login")
    assert (tmp_path / "trainyard" / "profiles.json").stat().st_mode & 0o777 == 0o600
    assert json.loads(run("whoami"))["organization"]["name"]
    (tmp_path / "spec.json").write_text('{\n  "name": "x",\n  "training": {"epohs": 3}\n}')
    assert '  3 |   "training": {"epohs": 3}\n    |                ^^^^^^^ There is no field' in run(
        "train", "spec.json", status=2
    )
    flags = ["--target", "species", "--task", "tabular_classification", "-a", "mlp", "--epochs", "3"]
    job_id = run("train", "--data", str(irises), *flags).strip()
    assert json.loads(run("jobs", "watch", job_id))["id"] == job_id
    assert "train_loss" in run("jobs", "metrics", job_id)
    assert "succeeded" in run("jobs", "events", job_id)
    again = run("train", "--from", job_id, "--epochs", "2", "--watch").split()[0]
    assert json.loads(run("jobs", "show", again))["spec"]["training"]["epochs"] == 2
    assert json.loads(run("quote", "--from", job_id))["affordable"]
    model_id = json.loads(run("models", "list", "--json", "-n", "1"))[0]["id"]
    (tmp_path / "rows.csv").write_text("sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n")
    assert json.loads(run("models", "predict", model_id, "rows.csv"))[0]["label"]
    paths = [Path(line) for line in run("models", "download", model_id, "model").splitlines()]
    manifest = {each["name"]: each["sha256"] for each in json.loads(run("models", "show", model_id))["files"]}
    assert {path.name: hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() for path in paths} == manifest
    assert "Logged out" in run("logout")
    assert "There is no job" in run("jobs", "show", "job_missing", status=3)


def test_budgets_and_keys_are_kept_from_the_command_line(platform: Embedded, tmp_path: Path) -> None:
    budget = trainyard(platform, tmp_path, "budgets", "create", "lab", "5.00", "--alert", "80", "--hard").strip()
    assert "of 7.00" in trainyard(platform, tmp_path, "budgets", "change", budget, "--amount", "7.00")
    assert json.loads(trainyard(platform, tmp_path, "budgets", "list", "--json"))[0]["alert_percents"] == [80]
    assert "deleted" in trainyard(platform, tmp_path, "budgets", "delete", budget, "--yes")
    key = json.loads(trainyard(platform, tmp_path, "keys", "create", "script", "--role", "viewer", "--json"))
    assert key["secret"].startswith("ty_live_")
    assert "revoked" in trainyard(platform, tmp_path, "keys", "revoke", key["id"])


READS = (
    *("datasets list", "datasets uploads", "architectures list", "architectures show mlp", "tasks list"),
    *("tasks show recommendation", "jobs list", "models list", "usage", "wallet", "top-ups", "prices", "ledger"),
    *(
        "budgets list",
        "invoices list",
        "members list",
        "members invitations",
        "keys list",
        "webhooks list",
        "webhooks events",
    ),
)
OPERATORS_READS = ("pools list", "workers list", "workers queue", "organizations list")


@pytest.mark.parametrize("command", [*READS, *OPERATORS_READS])
def test_everything_that_can_be_read_is_printed_for_people_and_programs(
    platform: Embedded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    key = "admin_api_key" if command in OPERATORS_READS else "demo_api_key"
    monkeypatch.setenv("TRAINYARD_URL", platform.facts["base_url"])
    monkeypatch.setenv("TRAINYARD_API_KEY", platform.facts[key])
    printed = {}
    for form in ("", "--json"):
        monkeypatch.setattr("sys.argv", ["trainyard", *command.split(), *form.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        printed[form] = capsys.readouterr()
        assert not ended.value.code, printed[form]
    assert any(printed[""])
    json.loads(printed["--json"].out)
