"""Every architecture goes on from a model of its own, and from an interruption to the same bits."""

import json
from pathlib import Path

import pytest

from tests.support.architecture_matrix import Pair, architecture_matrix
from tests.support.pretrained import register_all
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import interrupted_here, train_here

PAIRS = {pair.spec["architecture"]["name"]: pair for pair in architecture_matrix()}
"""One of each architecture: what is taken over of a network is the same whatever the task."""


@pytest.mark.parametrize("name", PAIRS)
def test_goes_on_from_a_model_of_its_own(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair: Pair = PAIRS[name]
    if name in ("pretrained", "causal_lm"):
        models = register_language_model(register_all(tmp_path / "models"))
        monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(models))
    data, parent = pair.write(tmp_path / "data"), tmp_path / "parent"
    training = pair.spec["training"] | {"epochs": 1}
    first = train_here({**pair.spec, "training": training}, data, parent)[-1]

    spec = {**pair.spec, "training": training, "init_from": "mdl_local"}
    whole = train_here(spec, data, tmp_path / "whole", init_from=parent)[-1]
    stopped = interrupted_here(spec, data, tmp_path / "stopped", init_from=parent, after=[3])[-1]

    assert stopped["weights_sha256"] == whole["weights_sha256"] != first["weights_sha256"]
    lineage = json.loads((tmp_path / "whole" / "manifest.json").read_bytes())["init_from"]
    assert (lineage["model"], lineage["weights_sha256"]) == ("mdl_local", first["weights_sha256"])
    assert lineage["head"] == "kept"
