"""Trainings that start from a model: what learns, how fast, and what of the model is kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.support.compiled import bright_images, make_spec, small_images, small_table, small_texts
from tests.support.pretrained import register
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.optimizers import build_optimizer, set_learning_rate, take_step
from trainyard_engine.core.prediction import predict
from trainyard_spec.optimizers import AdamwConfig

CNN = {"name": "cnn", "channels": [4], "hidden": [8], "norm": "batch"}
START = {"init_from": "mdl_local"}
Weights = dict[str, torch.Tensor]


def spec_of(task: str = "image_classification", architecture: dict[str, Any] = CNN, **training: Any) -> dict[str, Any]:
    return make_spec(task, architecture, **{"epochs": 2, "batch_size": 8, **training})


def weights_of(out: Path) -> Weights:
    return load_file(out / "model.safetensors")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_images(tmp_path_factory.mktemp("images"), rows=60, size=16)


@pytest.fixture(scope="module")
def parent(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parent") / "out"
    train_here(spec_of(), images, out)
    return out


def test_a_frozen_body_stays_to_the_bit_and_its_norms_too(images: Path, parent: Path, tmp_path: Path) -> None:
    spec = spec_of(fine_tuning={"freeze": True}, regularization={"dropout": 0.3}) | START
    said = train_here(spec, images, tmp_path / "out", init_from=parent)
    before, after = weights_of(parent), weights_of(tmp_path / "out")
    # Dropout is a layer without weights: those of the layers behind it have other names with it.
    head = names_of_head(after)
    kept = [after[name] for name in after.keys() - head]
    assert len(kept) == len(before) - 2
    assert all(any(torch.equal(tensor, old) for old in before.values()) for tensor in kept)
    assert not any(torch.equal(after[name], old) for name in head for old in before.values())
    assert said[0]["parameters"] == sum(after[name].numel() for name in head)


def test_a_new_head_is_drawn_on_the_body_of_another_task(parent: Path, tmp_path: Path) -> None:
    data = bright_images(tmp_path / "data", target_of=lambda halves: halves.sum(axis=1), size=16)
    spec = spec_of("image_regression", fine_tuning={"freeze": True}) | START
    train_here(spec, data, tmp_path / "out", init_from=parent)
    before, after = weights_of(parent), weights_of(tmp_path / "out")
    assert {name for name in after if before[name].shape != after[name].shape} == names_of_head(before)
    same = before.keys() - names_of_head(before)
    assert all(torch.equal(before[name], after[name]) for name in same)
    lineage = json.loads((tmp_path / "out" / "manifest.json").read_bytes())["init_from"]
    assert lineage["head"] == "new"
    assert "started from | mdl_local, its head new" in (tmp_path / "out" / "model_card.md").read_text()


def names_of_head(weights: Weights) -> set[str]:
    return {name for name, tensor in weights.items() if tensor.shape[:1] == (3,)}


def test_the_body_learns_at_its_own_rate(images: Path, parent: Path, tmp_path: Path) -> None:
    spec = spec_of(fine_tuning={"body_lr": 1e-7}, optimizer={"name": "sgd", "lr": 0.1}) | START
    train_here(spec, images, tmp_path / "out", init_from=parent)
    before, after = weights_of(parent), weights_of(tmp_path / "out")
    moved = {name: (before[name] - after[name]).abs().max().item() for name in after if "weight" in name}
    head = max(moved[name] for name in names_of_head(after) if name in moved)
    kernels = [value for name, value in moved.items() if before[name].ndim == 4]
    assert head > 1e-3
    assert max(kernels) < 1e-4


def test_groups_step_as_two_optimizers_of_torch() -> None:
    def parameters() -> list[torch.Tensor]:
        torch.manual_seed(0)
        return [torch.nn.Parameter(torch.randn(4, 3)) for _ in range(2)]

    ours, theirs = parameters(), parameters()
    grouped = build_optimizer(
        AdamwConfig(name="adamw"), [{"params": ours[:1], "lr_scale": 0.1}, {"params": ours[1:], "lr_scale": 1.0}]
    )
    apart = [torch.optim.AdamW([theirs[0]], lr=0.001), torch.optim.AdamW([theirs[1]], lr=0.01)]
    for step in range(3):
        for each in (*ours, *theirs):
            each.grad = torch.full((4, 3), float(step + 1))
        set_learning_rate(grouped, 0.01)
        take_step(grouped)
        for optimizer in apart:
            optimizer.step()
    assert all(torch.allclose(a, b, atol=1e-7) for a, b in zip(ours, theirs, strict=True))


def test_a_table_is_read_in_the_order_and_by_the_categories_of_the_model(tmp_path: Path) -> None:
    """The model goes on with the rows of another upload: fewer categories, columns in another order."""
    mlp = {"name": "mlp", "hidden": [8]}
    data = small_table(tmp_path / "data", rows=80)
    train_here(spec_of("tabular_classification", mlp), data, tmp_path / "parent")
    other = reordered(small_table(tmp_path / "other", rows=80))
    frozen = spec_of("tabular_classification", mlp, optimizer={"name": "sgd", "lr": 1e-9, "momentum": 0}) | START
    train_here(frozen, other, tmp_path / "out", init_from=tmp_path / "parent")
    first, second = (load_model(tmp_path / name, "cpu", threads=1) for name in ("parent", "out"))
    columns = first.config.profile.columns  # type: ignore[union-attr]
    assert second.config.profile.columns == columns  # type: ignore[union-attr]
    row = {column.name: column.categories[-1] if column.kind == "categorical" else 1.5 for column in columns}
    (was,), (now,) = (predict(model, [row]) for model in (first, second))
    assert now["probabilities"] == pytest.approx(was["probabilities"], abs=1e-4)


def reordered(data: Path) -> Path:
    """The dataset with its categories numbered the other way round, and its numeric columns too."""
    compiled = json.loads((data / "dataset.json").read_bytes())
    columns = compiled["profile"]["columns"]
    numeric = [column for column in columns if column["kind"] == "numeric"][::-1]
    categorical = [column for column in columns if column["kind"] == "categorical"]
    codes = np.load(data / "categorical.npy")
    for place, column in enumerate(categorical):
        last = len(column["categories"]) - 1
        codes[:, place] = np.where(codes[:, place] < 0, codes[:, place], last - codes[:, place])
        column["categories"].reverse()
    np.save(data / "categorical.npy", codes)
    np.save(data / "numeric.npy", np.ascontiguousarray(np.load(data / "numeric.npy")[:, ::-1]))
    compiled["profile"]["columns"] = [*numeric, *categorical]
    (data / "dataset.json").write_text(json.dumps(compiled))
    return data


def test_a_pretrained_model_is_trained_on_without_the_operators_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register(tmp_path / "models", "tiny")))
    data = small_texts(tmp_path / "data", rows=60)
    lora = {"name": "pretrained", "model": "tiny", "rank": 2}
    spec = spec_of("text_classification", lora, text={"max_length": 20})
    train_here(spec, data, tmp_path / "parent")
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    said = train_here(spec | START, data, tmp_path / "child", init_from=tmp_path / "parent")
    before, after = weights_of(tmp_path / "parent"), weights_of(tmp_path / "child")
    assert before.keys() == after.keys()
    dense = "encoder.encoder.layer.0.attention.self.query.weight"
    dense = dense if dense in after else "encoder.layer.0.attention.self.query.weight"
    # What adapters add to a weight has their rank.
    assert torch.linalg.matrix_rank(after[dense] - before[dense], atol=1e-6) <= 2
    assert said[0]["parameters"] < sum(map(torch.numel, after.values())) / 2


def test_a_damaged_or_foreign_model_is_refused_before_the_first_step(
    images: Path, parent: Path, tmp_path: Path
) -> None:
    def fault(spec: dict[str, Any], start: Path | None) -> str:
        with pytest.raises(EngineFault) as refusal:
            train_here(spec, images, tmp_path / "out", init_from=start)
        return refusal.value.failed.code

    assert fault(spec_of() | START, None) == "start_unknown"
    assert fault(spec_of(), parent) == "start_unknown"
    assert fault(spec_of(architecture=CNN | {"channels": [6]}) | START, parent) == "start_architecture_mismatch"
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in parent.iterdir():
        if path.is_file():
            (broken / path.name).write_bytes(path.read_bytes())
    (broken / "model.safetensors").write_bytes(b"nothing")
    assert fault(spec_of() | START, broken) == "damaged_model"


def test_a_start_is_a_part_of_the_trainings_name(images: Path, parent: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    train_here(spec_of(), images, out)
    with pytest.raises(EngineFault, match="another training"):
        train_here(spec_of() | START, images, out, init_from=parent)


def test_grandchildren_know_their_ancestors(images: Path, parent: Path, tmp_path: Path) -> None:
    chain = [parent]
    for name in ("child", "grandchild"):
        train_here(spec_of(epochs=1) | START, images, tmp_path / name, init_from=chain[-1])
        chain.append(tmp_path / name)
    lineage = manifest(chain[2])["init_from"]
    assert lineage["weights_sha256"] == sha256(chain[1])
    assert lineage["ancestors"] == [sha256(chain[0])]


def manifest(out: Path) -> Any:
    return json.loads((out / "manifest.json").read_bytes())


def sha256(out: Path) -> str:
    digest: str = next(file["sha256"] for file in manifest(out)["files"] if file["name"] == "model.safetensors")
    return digest
