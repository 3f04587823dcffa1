"""MLflow's own client, as it is installed, against a whole platform with a finished job."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from demo.data import write_irises
from tests.support.embedded import REPOSITORY, Embedded, running

pytestmark = pytest.mark.timeout(600)

GUIDE = REPOSITORY / "docs" / "how-to" / "move-from-mlflow.md"


@dataclass(frozen=True)
class Trained:
    platform: Embedded
    job: Any
    model: Any


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    directory = tmp_path_factory.mktemp("mlflow")
    write_irises(directory / "irises.csv")
    with running(directory / "data") as platform, platform.client() as client:
        spec = {"task": "tabular_classification", "training": {"epochs": 20, "batch_size": 16}, "name": "irises"}
        model = client.train(directory / "irises.csv", target="species", architecture="mlp", **spec)
        yield Trained(platform, client.jobs.get(model.job_id), model)


def address(trained: Trained) -> str:
    return f"{trained.platform.facts['base_url']}/compat/mlflow"


def settings(trained: Trained, key: str) -> dict[str, str]:
    return {
        "MLFLOW_TRACKING_URI": address(trained),
        "MLFLOW_TRACKING_TOKEN": key,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }


@pytest.fixture
def owner(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    return client_with(trained, trained.platform.facts["demo_api_key"], monkeypatch)


def client_with(trained: Trained, key: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    for name, value in settings(trained, key).items():
        monkeypatch.setenv(name, value)
    return MlflowClient(tracking_uri=address(trained))


def test_the_run_is_found_by_what_it_is(trained: Trained, owner: MlflowClient) -> None:
    experiment = owner.get_experiment_by_name("irises")
    assert experiment is not None
    assert owner.get_experiment(experiment.experiment_id).name == "irises"
    assert [each.name for each in owner.search_experiments(filter_string="name = 'irises'")] == ["irises"]
    found = owner.search_runs(
        [experiment.experiment_id],
        filter_string="metrics.test_accuracy >= 0 and params.architecture.name = 'mlp' and status = 'FINISHED'",
        order_by=["metrics.test_accuracy DESC", "start_time DESC"],
    )
    assert [run.info.run_id for run in found] == [trained.job.id]
    run = owner.get_run(trained.job.id)
    assert run.info.status == "FINISHED"
    assert run.info.end_time > run.info.start_time
    assert run.data.metrics["test_accuracy"] == trained.job.test_metrics["accuracy"]
    assert run.data.params["training.epochs"] == "20"
    assert run.data.tags["trainyard.state"] == "succeeded"


def test_the_history_is_the_series(trained: Trained, owner: MlflowClient) -> None:
    with trained.platform.client() as client:
        [series] = client.jobs.metrics(trained.job.id, names=["train_loss"]).data
    history = owner.get_metric_history(trained.job.id, "train_loss")
    assert [(point.step, point.value) for point in history] == list(zip(series.steps, series["values"], strict=True))
    page = owner._tracking_client.store.get_metric_history(trained.job.id, "train_loss", max_results=3)
    rest = owner._tracking_client.store.get_metric_history(
        trained.job.id, "train_loss", max_results=10_000, page_token=page.token
    )
    assert [point.step for point in [*page, *rest]] == series.steps


def test_the_model_is_downloaded_as_artifacts(trained: Trained, owner: MlflowClient, tmp_path: Path) -> None:
    listed = {file.path: file.file_size for file in owner.list_artifacts(trained.job.id)}
    assert listed == {file.name: file.bytes for file in trained.model.files}
    assert owner.list_artifacts(trained.job.id, "config.json") == []
    owner.download_artifacts(trained.job.id, "", str(tmp_path))
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == listed


def test_what_is_missing_is_a_miss_and_what_writes_says_what_to_do(trained: Trained, owner: MlflowClient) -> None:
    assert owner.get_experiment_by_name("none") is None
    with pytest.raises(MlflowException) as missing:
        owner.get_run("job_none")
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    for write in (
        lambda: owner.create_experiment("new"),
        lambda: owner.create_run(owner.get_experiment_by_name("irises").experiment_id),
        lambda: owner.log_metric(trained.job.id, "loss", 1.0),
        lambda: owner.set_tag(trained.job.id, "a", "b"),
        lambda: owner.delete_run(trained.job.id),
    ):
        with pytest.raises(MlflowException, match="POST /api/v1/jobs") as refused:
            write()
        assert refused.value.error_code == "NOT_IMPLEMENTED"


def test_an_outsider_finds_nothing_and_nobody_is_refused(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    with trained.platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Lab", owner_email="lab@example.com")
    outsider = client_with(trained, other.api_key.secret, monkeypatch)
    assert outsider.search_experiments() == []
    assert outsider.get_experiment_by_name("irises") is None
    for read in (outsider.get_run, outsider.list_artifacts):
        with pytest.raises(MlflowException) as refused:
            read(trained.job.id)
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    nobody = client_with(trained, "ty_live_wrong", monkeypatch)
    for call in (nobody.search_experiments, lambda: nobody.search_runs(["ds_1"])):
        with pytest.raises(MlflowException) as unknown:
            call()
        assert unknown.value.error_code == "UNAUTHENTICATED"


def test_the_guide_runs_as_it_stands(trained: Trained, tmp_path: Path) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**environment, **settings(trained, trained.platform.facts["demo_api_key"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "irises" in done.stdout
    assert "model.safetensors" in done.stdout
    assert (tmp_path / "config.json").is_file()
