"""MLflow's own client, as it is installed, against a whole platform with a finished job."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import mlflow.artifacts
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from demo.data import write_irises
from tests.support.embedded import REPOSITORY, Embedded
from tests.support.mlflow_client import Trained, client_with, run_script
from tests.support.shared_platform import SHARED, as_new_tenant

pytestmark = [SHARED, pytest.mark.timeout(600)]

GUIDE = REPOSITORY / "docs" / "how-to" / "move-from-mlflow.md"


@pytest.fixture(scope="module")
def trained(shared_platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    directory = tmp_path_factory.mktemp("mlflow")
    write_irises(directory / "irises.csv")
    platform = as_new_tenant(shared_platform, "Tracking Labs")
    with platform.client() as client:
        spec = {"task": "tabular_classification", "training": {"epochs": 20, "batch_size": 16}, "name": "irises"}
        model = client.train(directory / "irises.csv", target="species", architecture="mlp", **spec)
        yield Trained(platform, client.jobs.get(model.job_id), model)


@pytest.fixture
def owner(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    return client_with(trained, trained.platform.facts["demo_api_key"], monkeypatch)


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


def test_artifacts_are_downloaded_by_their_address(trained: Trained, owner: MlflowClient, tmp_path: Path) -> None:
    uri = owner.get_run(trained.job.id).info.artifact_uri
    found = Path(mlflow.artifacts.download_artifacts(artifact_uri=f"{uri}/config.json", dst_path=str(tmp_path)))
    [described] = [file for file in trained.model.files if file.name == "config.json"]
    assert sha256(found.read_bytes()).hexdigest() == described.sha256
    assert mlflow.artifacts.load_dict(f"{uri}/config.json") == json.loads(found.read_text())
    listed = {file.path for file in mlflow.artifacts.list_artifacts(uri)}
    assert listed == {f"artifacts/{file.name}" for file in trained.model.files}  # the client counts from the run


LOGS_FILES = """
import mlflow, numpy
from pathlib import Path
mlflow.set_experiment("files")
Path("out/plots").mkdir(parents=True)
Path("out/a.txt").write_text("a")
Path("out/plots/b.bin").write_bytes(bytes(300_000))
Path("empty").touch()
with mlflow.start_run() as run:
    mlflow.log_artifact("out/a.txt")
    mlflow.log_artifact("empty", "deep/er")
    mlflow.log_artifacts("out", "all")
    mlflow.log_text("first", "notes/text.txt")
    mlflow.log_text("second", "notes/text.txt")
    mlflow.log_dict({"a": [1]}, "notes/facts.json")
    mlflow.log_image(numpy.zeros((2, 2, 3), dtype=numpy.uint8), "black.png")
    mlflow.log_table({"x": [1]}, "table.json")
    mlflow.log_table({"x": [2]}, "table.json")
    try:
        import matplotlib.pyplot
    except ImportError:
        pass
    else:
        mlflow.log_figure(matplotlib.pyplot.figure(), "figure.png")
print(run.info.run_id, mlflow.load_table("table.json", run_ids=[run.info.run_id])["x"].tolist())
print(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/text.txt"))
print(mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/notes/facts.json"))
"""


def test_files_that_a_script_logs_come_back(trained: Trained, owner: MlflowClient, tmp_path: Path) -> None:
    done = run_script(trained, LOGS_FILES, tmp_path)
    assert done.returncode == 0, done.stderr
    told, text, facts = done.stdout.splitlines()[-3:]
    run_id, table = told.split(" ", 1)
    assert (table, text, facts) == ("[1, 2]", "second", "{'a': [1]}")
    listed = {file.path: file.file_size for file in owner.list_artifacts(run_id)}
    assert {name: listed[name] for name in ("a.txt", "all", "deep", "notes")} == {
        "a.txt": 1, "all": None, "deep": None, "notes": None
    }  # fmt: skip
    assert [file.path for file in owner.list_artifacts(run_id, "all")] == ["all/a.txt", "all/plots"]
    fetched = Path(mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=str(tmp_path / "fetched")))
    assert (fetched / "all/plots/b.bin").read_bytes() == bytes(300_000)
    assert (fetched / "deep/er/empty").read_bytes() == b""
    assert (fetched / "black.png").read_bytes().startswith(b"\x89PNG")
    get_artifact_repository(owner.get_run(run_id).info.artifact_uri).delete_artifacts("all")
    assert "all" not in {file.path for file in owner.list_artifacts(run_id)}


def test_what_is_missing_is_a_miss_and_what_a_job_logs_is_its_own(trained: Trained, owner: MlflowClient) -> None:
    assert owner.get_experiment_by_name("none") is None
    for missing_run in ("job_none", "mlr_none"):
        with pytest.raises(MlflowException) as missing:
            owner.get_run(missing_run)
        assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    for write in (
        lambda: owner.log_metric(trained.job.id, "loss", 1.0),
        lambda: owner.log_param(trained.job.id, "a", "b"),
        lambda: owner.set_terminated(trained.job.id),
        lambda: owner.delete_run(trained.job.id),
    ):
        with pytest.raises(MlflowException, match="This run is a job") as refused:
            write()
        assert refused.value.error_code == "NOT_IMPLEMENTED"


def test_a_job_and_its_dataset_take_notes(trained: Trained, owner: MlflowClient) -> None:
    owner.set_tag(trained.job.id, "mlflow.note.content", "the first")
    owner.set_tag(trained.job.id, "trainyard.state", "mine")
    experiment = owner.get_experiment_by_name("irises")
    assert experiment is not None
    owner.set_experiment_tag(experiment.experiment_id, "team", "plants")
    tags = owner.get_run(trained.job.id).data.tags
    assert (tags["mlflow.note.content"], tags["trainyard.state"]) == ("the first", "succeeded")
    found = owner.search_runs([experiment.experiment_id], filter_string="tags.`mlflow.note.content` = 'the first'")
    assert [run.info.run_id for run in found] == [trained.job.id]
    owner.delete_tag(trained.job.id, "mlflow.note.content")
    assert "mlflow.note.content" not in owner.get_run(trained.job.id).data.tags
    assert owner.get_experiment(experiment.experiment_id).tags["team"] == "plants"


def test_a_script_that_logs_goes_on_as_it_is(trained: Trained, tmp_path: Path) -> None:
    script = """
import mlflow
mlflow.set_experiment("by hand")
with mlflow.start_run(run_name="one") as run:
    mlflow.log_params({"rate": 0.1, "layers": [1, 2]})
    for step in range(3):
        mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
    mlflow.log_metrics({"accuracy": 0.9, "broken": float("nan"), "far": float("inf")}, step=2)
    mlflow.set_tag("team", "plants")
mlflow.set_experiment("by hand")
best = mlflow.search_runs(experiment_names=["by hand"], filter_string="metrics.loss < 0.5 and tags.team = 'plants'",
                          order_by=["metrics.loss ASC"], output_format="list")[0]
print(best.info.run_id == run.info.run_id, best.info.status, best.data.params, sorted(best.data.metrics.items()))
with mlflow.start_run(experiment_id="0"):
    pass
"""
    done = run_script(trained, script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "True FINISHED {'rate': '0.1', 'layers': '[1, 2]'}" in done.stdout
    assert "('accuracy', 0.9), ('broken', nan), ('far', 1.7976931348623157e+308), ('loss', 0.333" in done.stdout


def test_what_is_logged_is_kept_once_and_in_order(owner: MlflowClient) -> None:
    experiment_id = owner.create_experiment("order", tags={"a": "b"})
    with pytest.raises(MlflowException) as taken:
        owner.create_experiment("order")
    assert taken.value.error_code == "RESOURCE_ALREADY_EXISTS"
    run_id = owner.create_run(experiment_id, start_time=5, tags={"x": " y "}, run_name="first").info.run_id
    for value, timestamp, step in [(1.0, 10, 0), (3.0, 12, 2), (2.0, 11, 1), (3.0, 12, 2)]:
        owner.log_metric(run_id, "loss", value, timestamp=timestamp, step=step)
    assert [point.value for point in owner.get_metric_history(run_id, "loss")] == [1.0, 2.0, 3.0]
    run = owner.get_run(run_id)
    assert run.data.metrics == {"loss": 3.0}
    assert (run.info.start_time, run.info.run_name, run.data.tags["x"]) == (5, "first", " y ")
    owner.log_param(run_id, "rate", 1)
    owner.log_param(run_id, "rate", 1)
    with pytest.raises(MlflowException, match="cannot become") as changed:
        owner.log_param(run_id, "rate", 2)
    assert changed.value.error_code == "INVALID_PARAMETER_VALUE"
    owner.delete_run(run_id)
    assert owner.search_runs([experiment_id]) == []
    assert [run.info.run_id for run in owner.search_runs([experiment_id], run_view_type=ViewType.ALL)] == [run_id]
    with pytest.raises(MlflowException, match="was deleted"):
        owner.log_metric(run_id, "loss", 1.0)
    owner.restore_run(run_id)
    owner.rename_experiment(experiment_id, "renamed")
    owner.delete_experiment(experiment_id)
    assert owner.get_experiment(experiment_id).lifecycle_stage == "deleted"
    owner.restore_experiment(experiment_id)
    assert owner.get_experiment(experiment_id).name == "renamed"


def test_runs_of_both_kinds_stand_together_newest_first(trained: Trained, owner: MlflowClient) -> None:
    experiment = owner.get_experiment_by_name("irises")
    assert experiment is not None
    mine = [owner.create_run(experiment.experiment_id).info.run_id for _ in range(3)]
    first = owner.search_runs([experiment.experiment_id], max_results=2)
    rest = owner.search_runs([experiment.experiment_id], max_results=2, page_token=first.token)
    assert [run.info.run_id for run in [*first, *rest]] == [*reversed(mine), trained.job.id]
    by_start = owner.search_runs([experiment.experiment_id], order_by=["start_time ASC"])
    assert [run.info.run_id for run in by_start] == [trained.job.id, *mine]


def test_an_outsider_finds_nothing_and_nobody_is_refused(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    with trained.platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Lab", owner_email="lab@example.com")
    outsider = client_with(trained, other.api_key.secret, monkeypatch)
    assert outsider.search_experiments() == []
    assert outsider.get_experiment_by_name("irises") is None
    for read in (
        outsider.get_run,
        outsider.list_artifacts,
        lambda run_id: outsider.set_tag(run_id, "a", "b"),
        lambda run_id: outsider.log_metric(run_id, "loss", 1.0),
    ):
        with pytest.raises(MlflowException) as refused:
            read(trained.job.id)
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    nobody = client_with(trained, "ty_live_wrong", monkeypatch)
    for call in (nobody.search_experiments, lambda: nobody.search_runs(["ds_1"])):
        with pytest.raises(MlflowException) as unknown:
            call()
        assert unknown.value.error_code == "UNAUTHENTICATED"


def test_an_outsider_does_not_reach_runs_that_others_logged(
    trained: Trained, owner: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment_id = owner.create_experiment("private")
    run_id = owner.create_run(experiment_id).info.run_id
    with trained.platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Yard", owner_email="yard@example.com")
    outsider = client_with(trained, other.api_key.secret, monkeypatch)
    for call in (
        lambda: outsider.get_run(run_id),
        lambda: outsider.log_metric(run_id, "loss", 1.0),
        lambda: outsider.set_tag(run_id, "a", "b"),
        lambda: outsider.delete_run(run_id),
        lambda: outsider.create_run(experiment_id),
        lambda: outsider.delete_experiment(experiment_id),
        lambda: outsider.set_experiment_tag(experiment_id, "a", "b"),
    ):
        with pytest.raises(MlflowException) as refused:
            call()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert outsider.search_runs([experiment_id]) == []
    assert outsider.create_experiment("private")


def test_the_guide_runs_as_it_stands(trained: Trained, tmp_path: Path) -> None:
    [reading, writing] = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    done = run_script(trained, reading, tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "irises" in done.stdout
    assert "model.safetensors" in done.stdout
    assert (tmp_path / "config.json").is_file()
    written = run_script(trained, writing, tmp_path)
    assert written.returncode == 0, f"{written.stdout}\n{written.stderr}"
