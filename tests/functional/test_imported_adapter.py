"""An adapter that peft wrote elsewhere, on a whole platform: asked, chatted with, and fine-tuned further."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.drawn_adapters import saved_adapter
from tests.support.embedded import Embedded
from tests.support.shared_platform import BASE, SHARED_LANGUAGE, as_new_tenant, models_of
from tests.support.tiny_language_model import register_language_model
from tests.support.tuned_language_model import CHATS, client_with, jsonl
from trainyard_client import InvalidRequest, JobUnsuccessful
from trainyard_client.types import Model

pytestmark = [SHARED_LANGUAGE, pytest.mark.timeout(600)]

LORA = {"name": "causal_lm", "model": BASE, "rank": 4, "alpha": 8, "target_modules": "attention"}
TRAINING = {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 128}}
QUESTION = "Count to 3."


@dataclass(frozen=True)
class Imported:
    platform: Embedded
    models: Path
    adapter: Path
    model: Model


@pytest.fixture(scope="module")
def imported(language_platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    platform, models = as_new_tenant(language_platform, "Adapter Labs"), models_of(language_platform.data_dir)
    directory = tmp_path_factory.mktemp("imported")
    adapter = saved_adapter(models / BASE, directory / "adapter", target_modules=["q_proj", "v_proj"])
    with platform.client() as client:
        model = client.models.import_adapter(adapter, base=BASE, name="from elsewhere")
    return Imported(platform, models, adapter, model)


def continued_by_peft(imported: Imported, prompt: str, tokens: int) -> str:
    """What transformers and peft alone write behind ``prompt``, each time the likeliest token."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(imported.models / BASE)
    base = AutoModelForCausalLM.from_pretrained(imported.models / BASE)
    network = PeftModel.from_pretrained(base, imported.adapter).eval()
    ids = torch.tensor([tokenizer.encode(prompt, add_special_tokens=False)])
    written = network.generate(input_ids=ids, max_new_tokens=tokens, do_sample=False, pad_token_id=0)
    return str(tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True))


def test_it_continues_a_text_as_peft_does(imported: Imported) -> None:
    with imported.platform.client() as client:
        (answer,) = client.models.predict(imported.model.id, [{"prompt": "One two", "max_tokens": 16}])
    assert answer["text"] == continued_by_peft(imported, "One two", 16)
    assert answer["text"]


def test_it_chats_by_both_interfaces(imported: Imported) -> None:
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    with imported.platform.client() as client:
        (own,) = client.models.predict(imported.model.id, [{"messages": messages, "max_tokens": 12}])
    theirs = client_with(imported.platform, imported.platform.facts["demo_api_key"])
    found = theirs.chat.completions.create(model=imported.model.id, messages=messages, max_tokens=12, temperature=0)
    assert found.choices[0].message.content == own["text"]
    assert own["text"]


def test_a_job_goes_on_from_it(imported: Imported, tmp_path: Path) -> None:
    chats = jsonl(tmp_path, "chats.jsonl", CHATS)
    with imported.platform.client() as client:
        child = client.train(
            chats,
            training=TRAINING,
            init_from=imported.model.id,
            max_cost="0.50",
        )
        spec: Any = client.jobs.get(child.job_id).spec
        assert {name: spec["architecture"][name] for name in LORA} == LORA
        assert child.init_from == imported.model.id
        (answer,) = client.models.predict(child.id, [QUESTION])
    assert answer["usage"]["completion_tokens"] > 0


def test_its_merged_weights_need_neither_peft_nor_the_base(imported: Imported, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with imported.platform.client() as client:
        written = client.models.export_to(imported.model.id, tmp_path / "merged", timeout_seconds=240)
        (answer,) = client.models.predict(imported.model.id, [{"prompt": "One two", "max_tokens": 16}])
        (export,) = client.models.exports(imported.model.id)
    assert {path.name for path in written} == {file.name for file in export.files}
    assert export.bytes == sum(path.stat().st_size for path in written)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "merged")
    network = AutoModelForCausalLM.from_pretrained(tmp_path / "merged").eval()
    ids = torch.tensor([tokenizer.encode("One two", add_special_tokens=False)])
    found = network.generate(input_ids=ids, max_new_tokens=16, do_sample=False, pad_token_id=0)
    assert tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True) == answer["text"]


def test_another_rank_than_its_own_is_refused_before_the_first_step(imported: Imported, tmp_path: Path) -> None:
    chats = jsonl(tmp_path, "chats.jsonl", CHATS)
    with imported.platform.client() as client, pytest.raises((InvalidRequest, JobUnsuccessful), match="rank"):
        client.train(
            chats,
            task="instruction_tuning",
            architecture={**LORA, "rank": 8},
            training=TRAINING,
            init_from=imported.model.id,
            max_cost="0.50",
        )


def test_an_adapter_of_other_layers_says_so_when_it_is_asked(imported: Imported, tmp_path: Path) -> None:
    """Only a worker has the base's layers: what was imported for a wider one is told by the first question."""
    wider = register_language_model(tmp_path / "models", "wider", hidden=64)
    adapter = saved_adapter(wider / "wider", tmp_path / "adapter", target_modules=["q_proj"])
    with imported.platform.client() as client:
        model = client.models.import_adapter(adapter, base=BASE, name="of a wider base")
        with pytest.raises(InvalidRequest) as refused:
            client.models.predict(model.id, [QUESTION])
    assert refused.value.code == "adapter_mismatch"
