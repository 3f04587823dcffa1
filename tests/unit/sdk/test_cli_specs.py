"""What a command sends: a spec from a file, an earlier job and options."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_service import run_command, scripted
from trainyard_client.cli.positions import places_in_json, places_in_yaml

EARLIER = {
    "name": "old",
    "task": "tabular_regression",
    "architecture": {"name": "mlp"},
    "training": {"epochs": 5, "optimizer": {"name": "adamw", "lr": 0.1}},
    "dataset": "dsv_1",
}
JOB = httpx.Response(201, json={"id": "job_2"})


def test_options_change_what_a_file_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(EARLIER))
    service = scripted(JOB)
    arguments = ["--epochs", "9", "--lr", "0.5", "--max-cost", "1.50", "-a", "mlp", "--set", "architecture.hidden=[8]"]
    assert run_command(service, monkeypatch, "train", str(spec), *arguments, "--set", "split.by=time") == 0
    assert json.loads(service.asked[0].content) == {
        "name": "old",
        "task": "tabular_regression",
        "dataset": "dsv_1",
        "training": {"epochs": 9, "optimizer": {"name": "adamw", "lr": 0.5}},
        "architecture": {"name": "mlp", "hidden": [8]},
        "limits": {"max_cost": "1.50"},
        "split": {"by": "time"},
    }
    assert capsys.readouterr().out == "job_2\n"


def test_data_in_the_place_of_a_spec_are_told_where_to_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "irises.csv"
    data.write_text("sepal_length,species\n5.1,setosa\n")
    service = scripted()
    assert run_command(service, monkeypatch, "train", str(data)) == 2
    assert "trainyard datasets upload" in capsys.readouterr().err
    assert service.asked == []


def test_an_earlier_job_is_where_a_new_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    service = scripted(httpx.Response(200, json={"id": "job_1", "spec": EARLIER}), JOB)
    assert run_command(service, monkeypatch, "train", "--from", "job_1", "--name", "new") == 0
    assert service.asked[0].url.path == "/api/v1/jobs/job_1"
    assert json.loads(service.asked[1].content) == {**EARLIER, "name": "new"}


def test_options_alone_make_a_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    service = scripted(JOB)
    options = ["--dataset", "dsv_1", "--task", "tabular_regression", "-a", "mlp", "--slots", "2", "--pool", "big"]
    assert run_command(service, monkeypatch, "train", *options) == 0
    assert json.loads(service.asked[0].content) == {
        "name": "mlp",
        "dataset": "dsv_1",
        "task": "tabular_regression",
        "architecture": {"name": "mlp"},
        "resources": {"pool": "big", "slots": 2},
    }


@pytest.mark.parametrize(("command", "sent_to"), [("train", "/api/v1/jobs"), ("quote", "/api/v1/jobs/quote")])
def test_a_dataset_says_what_is_learnt_on_it(
    command: str, sent_to: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    datasets = {"data": [{"id": "ds_1", "task": "tabular_regression"}], "next_cursor": None}
    service = scripted(httpx.Response(200, json=datasets), httpx.Response(400, json={"detail": "No."}))
    assert run_command(service, monkeypatch, command, "--dataset", "dsv_1", "-a", "mlp") == 2
    asked, sent = service.asked
    assert (asked.url.path, asked.url.params["version"]) == ("/api/v1/datasets", "dsv_1")
    assert sent.url.path == sent_to
    assert json.loads(sent.content)["task"] == "tabular_regression"


def test_a_dataset_that_there_is_not_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = scripted(httpx.Response(200, json={"data": [], "next_cursor": None}))
    assert run_command(service, monkeypatch, "quote", "--dataset", "dsv_1", "-a", "mlp") == 3
    assert "There is no dataset version dsv_1." in capsys.readouterr().err


@pytest.mark.parametrize(("rows", "chosen"), [(150, "cnn"), (60_000, "resnet"), (None, "cnn")])
def test_the_recommended_architecture_is_taken_where_none_is_named(
    rows: int | None, chosen: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    datasets = {"data": [{"id": "ds_1", "task": "image_classification"}], "next_cursor": None}
    recommended = [{"architecture": "cnn", "rows": 0}, {"architecture": "resnet", "rows": 5_000}]
    service = scripted(
        httpx.Response(200, json=datasets),
        httpx.Response(200, json={"name": "image_classification", "recommended": recommended}),
        httpx.Response(200, json=datasets),
        httpx.Response(200, json={"id": "dsv_1", "rows": rows}),
        JOB,
    )
    assert run_command(service, monkeypatch, "train", "--dataset", "dsv_1") == 0
    sent = json.loads(service.asked[-1].content)
    assert (sent["architecture"], sent["name"]) == ({"name": chosen}, chosen)
    assert f"Architecture: {chosen}, which is recommended" in capsys.readouterr().err


def test_a_file_and_a_job_are_one_too_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text("{}")
    assert run_command(scripted(), monkeypatch, "train", str(spec), "--from", "job_1") == 2


def values(content: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Each value in ``content`` by its path."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    found = {path: content}
    for name, value in inner:
        found |= values(value, (*path, str(name)))
    return found


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(content=DOCUMENTS, indent=st.sampled_from([None, 0, 2]), escaped=st.booleans())
def test_every_value_of_json_is_found_where_it_stands(content: Any, indent: int | None, escaped: bool) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=escaped)
    places = places_in_json(text)
    expected = values(content)
    assert places.keys() == expected.keys()
    for path, place in places.items():
        assert json.loads(text[slice(*place.value)]) == expected[path]
        if path and text[place.key[0]] == '"' and place.key != place.value:
            assert json.loads(text[slice(*place.key)]) == path[-1]


def test_values_of_yaml_are_found_too() -> None:
    text = "a:\n  - x: 1\n    y: [2, three]\n"
    places = places_in_yaml(text)
    assert {path: text[slice(*place.value)] for path, place in places.items() if path[-1:] in (("x",), ("1",))} == {
        ("a", "0", "x"): "1",
        ("a", "0", "y", "1"): "three",
    }
    assert text[slice(*places["a", "0", "y"].key)] == "y"


QUOTE = httpx.Response(
    200,
    json={
        "presets": [
            {"name": "fast", "training": {"epochs": 10, "early_stopping": None}},
            {"name": "best", "training": {"epochs": 90, "early_stopping": {"metric": "val_loss", "patience": 10}}},
        ]
    },
)
OPTIONS = ("--dataset", "dsv_1", "--task", "tabular_regression", "-a", "mlp")


def test_a_preset_is_what_the_quote_says_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = scripted(QUOTE, JOB)
    assert run_command(service, monkeypatch, "train", *OPTIONS, "--batch-size", "32", "--preset", "best") == 0
    assert [each.url.path for each in service.asked] == ["/api/v1/jobs/quote", "/api/v1/jobs"]
    stopping = {"metric": "val_loss", "patience": 10}
    expected = {"batch_size": 32, "epochs": 90, "early_stopping": stopping}
    assert json.loads(service.asked[1].content)["training"] == expected
    assert "Preset best: 90 epochs at most." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "quick"], "There is no preset quick. Presets: fast, best."),
        (["--preset", "fast", "--epochs", "5"], "A preset sets training.epochs, which the spec states"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    service = scripted(QUOTE)
    assert run_command(service, monkeypatch, "train", *OPTIONS, *options) == 2
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())
