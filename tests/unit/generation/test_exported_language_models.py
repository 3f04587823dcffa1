"""Exported language models: transformers and peft alone, without this project, write the same tokens."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations
from tests.support.engine_commands import run_command
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import read_model
from trainyard_engine.generation.answering import answer, parse_inputs
from trainyard_engine.generation.export import export_merged
from trainyard_engine.generation.served_models import LanguageModels
from trainyard_spec.engine_protocol import EXPORTED_FILES, ExitStatus

ADAPTER_FILES = {"adapter_config.json", "adapter_model.safetensors"}
QUESTIONS = ["Count to three", "Say hello", "What is the capital of Norway?"]
ELSEWHERE = """
import json, sys
OURS = ("trainyard_engine", "trainyard_spec", "trainyard_common", "trainyard_worker", "trainyard")
sys.modules.update(dict.fromkeys(OURS))  # whoever imports one of them fails
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
for line in sys.stdin:
    weights, tokens, base, questions = json.loads(line)
    if base:
        network = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), weights)
        network.generation_config = type(network.generation_config).from_pretrained(tokens)
    else:
        network = AutoModelForCausalLM.from_pretrained(weights)
    tokenizer = AutoTokenizer.from_pretrained(tokens)
    answers = []
    for question in questions:
        chat = [{"role": "user", "content": question}]
        read = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        written = network.eval().generate(**read, max_new_tokens=20, do_sample=False, pad_token_id=0)
        answers.append(tokenizer.decode(written[0, read["input_ids"].shape[1]:], skip_special_tokens=True))
    print(json.dumps(answers), flush=True)
"""
"""Answers, in a line each, what it is asked in one: its imports take seconds."""

Elsewhere = Callable[..., list[str]]


def trained(base: str, directory: Path, *, start: Path | None = None, **architecture: Any) -> Path:
    training = {"epochs": 6, "batch_size": 8, "tuning": {"max_length": 64}, "optimizer": {"name": "adamw", "lr": 0.01}}
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": base, **architecture}, **training)
    spec |= {"init_from": "mdl_local"} if start else {}
    result = train_here(spec, small_conversations(directory / "data"), directory / "model", init_from=start)[-1]
    has_adapter = architecture.get("method") != "full" and start is None
    beside = EXPORTED_FILES if has_adapter else EXPORTED_FILES - ADAPTER_FILES
    assert {entry["name"] for entry in result["files"]} & EXPORTED_FILES == beside
    return directory / "model"


def here(model: Path) -> list[str]:
    served = LanguageModels("cpu", threads=1).open("mdl_1", model)
    inputs = [each.model_copy(update={"max_tokens": 20}) for each in parse_inputs(QUESTIONS, chats=True)]
    return [each["text"] for each in answer(served, inputs, None)]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """What models write in a process that has transformers and peft, and nothing of this project."""
    directory = tmp_path_factory.mktemp("elsewhere")
    environment = {"HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    with (
        (directory / "errors").open("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-c", ELSEWHERE],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def ask(weights: Path, *, tokens: Path, base: Path | None = None) -> list[str]:
            asked.write(json.dumps([str(weights), str(tokens), base and str(base), QUESTIONS]) + "\n")
            asked.flush()
            line = answers.readline()
            assert line, (directory / "errors").read_text()
            written: list[str] = json.loads(line)
            return written

        yield ask
        asked.close()
        assert process.wait() == 0, (directory / "errors").read_text()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_an_adapter_and_its_merged_weights_write_the_same_without_this_project(
    models: Path, tmp_path: Path, kind: str, elsewhere: Elsewhere
) -> None:
    model = trained(kind, tmp_path)
    expected = here(model)
    assert any(expected)
    assert elsewhere(model, tokens=model, base=models / kind) == expected
    export_merged(read_model(model), tmp_path / "merged")
    assert elsewhere(tmp_path / "merged", tokens=tmp_path / "merged") == expected


def test_a_model_that_was_trained_whole_is_exported_whole(models: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    model = trained("llama", tmp_path, method="full")
    assert run_command("export", "--model", model, "--out", tmp_path / "whole") == ExitStatus.SUCCEEDED
    assert elsewhere(tmp_path / "whole", tokens=tmp_path / "whole") == here(model)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize(("first", "then"), [("full", "lora"), ("lora", "full")])
def test_a_model_that_went_on_by_another_method_is_served_and_exported_whole(
    models: Path,
    tmp_path: Path,
    kind: str,
    first: str,
    then: str,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of its weights are its own: neither needs what is registered."""
    parent = trained(kind, tmp_path / "parent", method=first)
    child = trained(kind, tmp_path / "child", start=parent, method=then)
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    export_merged(read_model(child), tmp_path / "whole")
    assert elsewhere(tmp_path / "whole", tokens=tmp_path / "whole") == here(child)


def test_adapters_are_not_merged_into_another_base(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained("llama", tmp_path)
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register_language_model(tmp_path / "others", "llama", seed=7)))
    with pytest.raises(EngineFault) as refused:
        export_merged(read_model(model), tmp_path / "merged")
    assert refused.value.failed.code == "other_base"
    assert not (tmp_path / "merged").exists()
