"""``/models/{id}/evaluation`` and ``/test-rows``: what a model answered to rows that training never saw."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.jobs import Bench, entry_of
from tests.support.platform import Caller
from tests.support.tagged import write_tagged
from trainyard.core.blobs import blob_store
from trainyard.datasets.models import DatasetVersion
from trainyard.registry.models import Model
from trainyard_engine.core.dataset import open_dataset
from trainyard_spec.datasets import profile_summary

CLASSES = """row,truth,prediction,probability:a,probability:b
1,a,a,0.9,0.1
2,a,b,0.3,0.7
3,b,b,0.2,0.8
4,b,b,0.45,0.55
5,a,a,0.6,0.4
"""
NUMBERS = "row,truth,prediction\n1,1.0,1.5\n2,2.0,2.0\n3,3.0,1.0\n"
TARGETS = "row,truth:x,truth:y,prediction:x,prediction:y\n1,1,10,1,13\n2,2,20,2.5,20\n"
LABELS = (
    "file,truth:p,truth:q,prediction:p,prediction:q,probability:p,probability:q\nf,1,0,1,1,0.9,0.6\ng,0,1,0,1,0.2,0.7\n"
)
FORECAST = """row,series,step,truth,prediction,naive
11,north,1,5,6,3
12,north,2,6,8,3
12,north,1,6,6,5
13,north,2,7,6,5
11,south,1,50,55,40
"""
TEXTS = "file,truth,prediction,loss\na.wav,yes please,yes peas,1.5\nb.wav,no,no,0.1\n"
WRITTEN = """row,nats,tokens,right,prompt,truth,prediction,base_prediction,\
grade:exact_match,base_grade:exact_match,grade:rouge_l,base_grade:rouge_l
1,4.0,2,1,Capital of Norway?,Oslo,Oslo,nine,1.0,0.0,1.0,0.0
2,2.0,2,1,Two?,one two,one,,0.0,0.0,0.5,0.0
3,9.0,3,0,,,,,,,,
"""
TAGS = """row,truth,prediction,nats,tokens
1,"[""B-PER"",""O""]","[""B-PER"",""O""]",0.2,2
2,"[""O"",""B-LOC""]","[""O"",""B-PER""]",6.0,2
"""
ORDER = "row,user,item,place,loss\n1,ann,tea,1,0.1\n2,bob,jam,12,2.0\n3,eve,oil,,\n"


def answers(model: Model, table: str, *, task: str = "tabular_classification") -> str:
    """Lets the model have answered ``table``; its path in the API."""
    blob_store().put(f"{model.blob_prefix}/test_predictions.csv", [table.encode()])
    Model.across_tenants.filter(id=model.id).update(task=task)
    return f"/models/{model.id}"


def found(caller: Caller, path: str, **query: Any) -> dict[str, Any]:
    answer = caller.get(path, **query)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


class TestClasses:
    def test_a_threshold_trades_precision_for_recall(self, owner: Caller, model: Model) -> None:
        path = answers(model, CLASSES)
        body = found(owner, f"{path}/evaluation", label="b")
        assert (body["kind"], body["rows"], body["is_whole"]) == ("classes", 5, True)
        points = {point["threshold"]: point for point in body["thresholds"]["points"]}
        assert (points[0.5]["precision"], points[0.5]["recall"]) == (pytest.approx(2 / 3), 1.0)
        assert (points[0.75]["precision"], points[0.75]["recall"]) == (1.0, 0.5)
        assert (points[1]["precision"], points[1]["recall"]) == (None, 0.0)
        assert found(owner, f"{path}/evaluation")["thresholds"]["label"] == "b", "the rarest, when none is asked for"

    def test_a_label_that_there_is_not_is_refused(self, owner: Caller, model: Model) -> None:
        answer = owner.get(f"{answers(model, CLASSES)}/evaluation", label="c")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "label")

    def test_the_worst_answers_come_first(self, owner: Caller, model: Model) -> None:
        rows = found(owner, f"{answers(model, CLASSES)}/test-rows")["data"]
        assert [row["row"] for row in rows] == [2, 4, 5, 3, 1]
        assert (rows[0]["truth"], rows[0]["prediction"], rows[0]["confidence"]) == ("a", "b", 0.7)

    def test_a_cell_of_the_matrix_holds_its_rows(self, owner: Caller, model: Model) -> None:
        path = answers(model, CLASSES)
        body = found(owner, f"{path}/test-rows", truth="b", prediction="b", order="as_stored", limit=1)
        assert ([row["row"] for row in body["data"]], body["total"]) == ([3], 2)
        rest = found(
            owner, f"{path}/test-rows", truth="b", prediction="b", order="as_stored", cursor=body["next_cursor"]
        )
        assert ([row["row"] for row in rest["data"]], rest["next_cursor"]) == ([4], None)
        assert [row["row"] for row in found(owner, f"{path}/test-rows", wrong="true")["data"]] == [2]

    def test_several_labels_a_row(self, owner: Caller, model: Model) -> None:
        path = answers(model, LABELS)
        assert found(owner, f"{path}/evaluation")["kind"] == "labels"
        [worst, best] = found(owner, f"{path}/test-rows")["data"]
        assert (worst["truth"], worst["prediction"], worst["error"], worst["place"]) == (
            "p",
            "p, q",
            1.0,
            {"file": "f"},
        )
        assert best["error"] == 0


class TestTags:
    def test_the_worst_text_comes_first_by_its_loss_a_word(self, owner: Caller, model: Model) -> None:
        path = answers(model, TAGS, task="token_classification")
        assert found(owner, f"{path}/evaluation")["kind"] == "tags"
        rows = found(owner, f"{path}/test-rows")["data"]
        assert [(row["row"], row["error"]) for row in rows] == [(2, 3.0), (1, 0.1)]
        assert rows[0]["prediction"] == '["O","B-PER"]'
        assert [row["row"] for row in found(owner, f"{path}/test-rows", wrong="true")["data"]] == [2]

    def test_a_cell_of_the_matrix_holds_the_texts_with_such_a_word(self, owner: Caller, model: Model) -> None:
        path = answers(model, TAGS, task="token_classification")

        def rows(**query: str) -> list[int]:
            return [row["row"] for row in found(owner, f"{path}/test-rows", order="as_stored", **query)["data"]]

        assert rows(truth="B-LOC", prediction="B-PER") == [2]
        assert rows(truth="O", prediction="O") == [1, 2]
        assert rows(prediction="B-PER") == [1, 2]
        assert rows(truth="B-PER", prediction="B-LOC") == []

    def test_a_row_has_the_words_that_were_tagged(self, owner: Caller, model: Model, tmp_path: Path) -> None:
        path = answers(model, TAGS, task="token_classification")
        data = write_tagged(tmp_path, [(["Ada", "came"], ["B-PER", "O"]), (["in", "Ödön"], ["O", "B-LOC"])])
        version, compiled = model.job.dataset_version, open_dataset(data).compiled
        names = [entry.name for entry in compiled.files]
        for name in names:
            blob_store().put(f"{version.compiled_prefix}/{name}", [(data / name).read_bytes()])
        files = [entry_of(name, (data / name).read_bytes()).model_dump(mode="json") for name in names]
        profile = profile_summary(compiled)
        DatasetVersion.across_tenants.filter(id=version.id).update(files=files, profile=profile)
        rows = found(owner, f"{path}/test-rows", order="as_stored")["data"]
        assert [row["example"]["tokens"] for row in rows] == [["Ada", "came"], ["in", "Ödön"]]


class TestNumbers:
    def test_residuals(self, owner: Caller, model: Model) -> None:
        path = answers(model, NUMBERS, task="tabular_regression")
        body = found(owner, f"{path}/evaluation")["residuals"]
        assert body["points"] == [[1.0, 1.5], [2.0, 2.0], [3.0, 1.0]]
        assert body["bias"] == -0.5
        assert sum(body["histogram"]["counts"]) == 3
        assert [row["error"] for row in found(owner, f"{path}/test-rows")["data"]] == [2.0, 0.5, 0.0]

    def test_of_one_of_several_targets(self, owner: Caller, model: Model) -> None:
        path = answers(model, TARGETS, task="tabular_regression")
        body = found(owner, f"{path}/evaluation", target="y")["residuals"]
        assert (body["target"], body["targets"], body["points"]) == ("y", ["x", "y"], [[10.0, 13.0], [20.0, 20.0]])
        assert [row["row"] for row in found(owner, f"{path}/test-rows", target="x")["data"]] == [2, 1]

    def test_a_forecast_against_the_truth(self, owner: Caller, model: Model) -> None:
        path = answers(model, FORECAST, task="time_series_forecasting")
        body = found(owner, f"{path}/evaluation", series="north", step=2)["forecast"]
        assert [(point["row"], point["truth"], point["prediction"]) for point in body["points"]] == [
            (12, 6.0, 8.0),
            (13, 7.0, 6.0),
        ]
        assert body["all_series"] == ["north", "south"]
        assert [(error["step"], error["model"], error["naive"]) for error in body["errors"]] == [
            (1, 2.0, pytest.approx(13 / 3)),
            (2, 1.5, 2.5),
        ]


def test_transcripts_side_by_side_the_worst_first(owner: Caller, model: Model) -> None:
    path = answers(model, TEXTS, task="speech_recognition")
    assert found(owner, f"{path}/evaluation")["kind"] == "texts"
    rows = found(owner, f"{path}/test-rows")["data"]
    assert [(row["truth"], row["prediction"], row["place"]["file"]) for row in rows] == [
        ("yes please", "yes peas", "a.wav"),
        ("no", "no", "b.wav"),
    ]


def test_what_a_language_model_writes_stands_beside_what_its_base_does(owner: Caller, model: Model) -> None:
    path = answers(model, WRITTEN, task="instruction_tuning")
    every = found(owner, f"{path}/test-rows")["data"]
    assert [(row["row"], row["written"] is None) for row in every] == [(3, True), (1, False), (2, False)]
    first, second = found(owner, f"{path}/test-rows", written="true", order="as_stored")["data"]
    assert (first["truth"], first["prediction"]) == ("Oslo", "Oslo")
    assert first["written"] == {
        "prompt": "Capital of Norway?",
        "base_prediction": "nine",
        "grades": {"exact_match": 1.0, "rouge_l": 1.0},
        "base_grades": {"exact_match": 0.0, "rouge_l": 0.0},
    }
    assert second["written"]["grades"] == {"exact_match": 0.0, "rouge_l": 0.5}
    assert found(owner, f"{path}/test-rows", written="false")["total"] == 1
    assert found(owner, f"{answers(model, CLASSES)}/test-rows", written="true")["total"] == 0


def test_how_far_in_front_the_next_item_was(owner: Caller, model: Model) -> None:
    path = answers(model, ORDER, task="recommendation")
    shares = found(owner, f"{path}/evaluation")["places"]
    assert {share["within"]: share["rows"] for share in shares} == {1: 1, 3: 1, 10: 1, 30: 2, 100: 2, None: 3}
    worst = found(owner, f"{path}/test-rows")["data"][0]
    assert (worst["place"]["user"], worst["error"]) == ("eve", None)


def test_each_row_shows_what_it_is(owner: Caller, model: Model, bench: Bench) -> None:
    path = answers(model, "row,truth,prediction\n2,a,b\n")
    buffer = io.BytesIO()
    np.save(buffer, np.array([[[[0, 255]]], [[[255, 0]]]], dtype=np.uint8))
    version = DatasetVersion.across_tenants.get(id=bench.version.id)
    blob_store().put(f"{version.compiled_prefix}/images.npy", [buffer.getvalue()])
    profile = {"kind": "images", "channels": 1, "height": 1, "width": 2, "resized": 0}
    summary = {"task": "image_classification", "rows": 2, "classes": ["a", "b"], "class_counts": [1, 1]}
    files = [entry_of("images.npy", buffer.getvalue()).model_dump(mode="json")]
    DatasetVersion.across_tenants.filter(id=version.id).update(profile=summary | {"profile": profile}, files=files)
    [row] = found(owner, f"{path}/test-rows")["data"]
    assert row["example"]["png"].startswith("iVBOR")
    blob_store().delete_prefix(version.compiled_prefix)
    assert found(owner, f"{path}/test-rows")["data"][0]["example"] is None


def test_who_may_read_the_model_may_read_them(owner: Caller, teammate: Caller, outsider: Caller, model: Model) -> None:
    path = answers(model, CLASSES)
    for part in ("evaluation", "test-rows"):
        assert teammate.get(f"{path}/{part}").json() == owner.get(f"{path}/{part}").json()
        assert outsider.get(f"{path}/{part}").status_code == 404


def test_a_model_of_an_earlier_release_has_none(owner: Caller, model: Model) -> None:
    blob_store().delete_prefix(f"{model.blob_prefix}/test_predictions.csv")
    answer = owner.get(f"/models/{model.id}/evaluation")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_bad_cursor_is_refused(owner: Caller, model: Model) -> None:
    answer = owner.get(f"{answers(model, CLASSES)}/test-rows", cursor="!")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")
