"""Adapters that peft has written, without this project: they answer here as there, and trainings go on from them."""

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations
from tests.support.drawn_adapters import saved_adapter
from tests.support.engine_commands import run_command
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model, read_model
from trainyard_engine.generation.answering import answer, parse_inputs
from trainyard_engine.generation.export import export_merged
from trainyard_engine.generation.imported_adapters import import_adapter
from trainyard_engine.generation.served_models import LanguageModels
from trainyard_spec.engine_protocol import ExitStatus

QUESTIONS = ["Count to three", "Say hello", "What is the capital of Norway?"]


def logits_of(network: Any, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = network.eval()(input_ids=ids).logits
    return found


@pytest.mark.parametrize(
    ("kind", "targets"),
    [
        ("llama", ["q_proj", "v_proj"]),
        ("llama", ["q_proj", "down_proj"]),
        ("gpt2", ["c_attn"]),
        ("llama", "all-linear"),
    ],
)
def test_an_imported_adapter_computes_what_peft_computes(models: Path, tmp_path: Path, kind: str, targets: Any) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    more = {"fan_in_fan_out": True} if kind == "gpt2" else {}
    adapter = saved_adapter(models / kind, tmp_path / "adapter", target_modules=targets, **more)
    import_adapter(adapter, tmp_path / "model", base=kind)
    base = AutoModelForCausalLM.from_pretrained(models / kind)
    ids = torch.arange(4, 60)[None]
    plain = logits_of(base, ids)
    expected = logits_of(PeftModel.from_pretrained(base, adapter), ids)
    assert not torch.allclose(plain, expected, atol=1e-2)
    network: Any = load_model(tmp_path / "model", "cpu", threads=1).network
    torch.testing.assert_close(logits_of(network.lm, ids), expected, rtol=1e-4, atol=1e-5)
    export_merged(read_model(tmp_path / "model"), tmp_path / "merged")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    torch.testing.assert_close(logits_of(merged, ids), expected, rtol=1e-4, atol=1e-5)


def test_the_two_files_alone_answer_and_are_trained_on(models: Path, tmp_path: Path) -> None:
    adapter = saved_adapter(models / "llama", tmp_path / "adapter", target_modules=["q_proj", "v_proj"])
    command = ("import", "--adapter", adapter, "--base", "llama", "--out", tmp_path / "whole")
    assert run_command(*command) == ExitStatus.SUCCEEDED
    # An uploaded adapter stands beside a config.json that names its base.
    (adapter / "config.json").write_bytes((tmp_path / "whole" / "config.json").read_bytes())
    inputs = [each.model_copy(update={"max_tokens": 20}) for each in parse_inputs(QUESTIONS, chats=True)]
    served = LanguageModels("cpu", threads=1)
    alone, whole = (
        [each["text"] for each in answer(served.open(name, directory), inputs, None)]
        for name, directory in (("mdl_1", adapter), ("mdl_2", tmp_path / "whole"))
    )
    assert alone == whole
    assert any(alone)
    architecture = {"name": "causal_lm", "model": "llama", "rank": 4, "alpha": 8, "target_modules": "attention"}
    training = {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 64}, "optimizer": {"name": "adamw", "lr": 1e-9}}
    spec = {**make_spec("instruction_tuning", architecture, **training), "init_from": "mdl_local"}
    train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "child", init_from=adapter)
    begun, ended = (read_model(tmp_path / name).weights for name in ("whole", "child"))
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
    torch.testing.assert_close(ended[name], begun[name], rtol=0, atol=1e-6)
    assert begun[name].abs().max() > 0.1


def changed(adapter: Path, **settings: Any) -> None:
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def rewritten(adapter: Path, change: Any) -> None:
    path = adapter / "adapter_model.safetensors"
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file(change(tensors), path)


def pickled(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")


def cut(adapter: Path) -> None:
    path = adapter / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("damage", "code", "says"),
    [
        (pickled, "pickle_refused", "adapter_model.bin is a pickle"),
        (cut, "adapter_damaged", "is cut"),
        (lambda adapter: (adapter / "adapter_config.json").write_text("["), "adapter_damaged", "no JSON"),
        (lambda adapter: changed(adapter, peft_type="LOHA"), "adapter_unsupported", "LOHA"),
        (lambda adapter: changed(adapter, use_dora=True), "adapter_unsupported", "use_dora"),
        (lambda adapter: changed(adapter, modules_to_save=["lm_head"]), "adapter_unsupported", "modules_to_save"),
        (lambda adapter: changed(adapter, rank_pattern={"q_proj": 8}), "adapter_unsupported", "rank_pattern"),
        (lambda adapter: changed(adapter, task_type="SEQ_CLS"), "adapter_unsupported", "SEQ_CLS"),
        (lambda adapter: changed(adapter, r=8), "adapter_unsupported", "rank 8"),
        (lambda adapter: changed(adapter, lora_alpha=5_000), "adapter_unsupported", "alpha"),
        (
            lambda adapter: rewritten(
                adapter, lambda found: {**found, "base_model.model.lm_head.weight": torch.ones(2)}
            ),
            "adapter_unsupported",
            "lm_head",
        ),
        (
            lambda adapter: rewritten(
                adapter, lambda found: {name: each.fill_(torch.nan) for name, each in found.items()}
            ),
            "adapter_damaged",
            "not finite",
        ),
        (
            lambda adapter: rewritten(adapter, lambda found: dict(list(found.items())[1:])),
            "adapter_damaged",
            "only one of the two",
        ),
        (
            lambda adapter: rewritten(
                adapter, lambda found: {name.replace("layers.1", "layers.7"): each for name, each in found.items()}
            ),
            "adapter_mismatch",
            "layers.7",
        ),
        (
            lambda adapter: rewritten(
                adapter,
                lambda found: {name: torch.ones(4, 9) if "lora_A" in name else each for name, each in found.items()},
            ),
            "adapter_mismatch",
            "needs",
        ),
    ],
)
def test_what_does_not_fit_is_refused(models: Path, tmp_path: Path, damage: Any, code: str, says: str) -> None:
    adapter = saved_adapter(models / "llama", tmp_path / "adapter", target_modules=["q_proj", "v_proj"])
    damage(adapter)
    with pytest.raises(EngineFault) as refused:
        import_adapter(adapter, tmp_path / "model", base="llama")
    assert refused.value.failed.code == code
    assert says in refused.value.failed.message
    assert not (tmp_path / "model").exists()


def test_a_base_that_is_not_registered_is_named(models: Path, tmp_path: Path) -> None:
    adapter = saved_adapter(models / "llama", tmp_path / "adapter", target_modules=["q_proj"])
    with pytest.raises(EngineFault, match="other"):
        import_adapter(adapter, tmp_path / "model", base="other")
