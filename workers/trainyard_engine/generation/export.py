"""Finished language models in the layouts of ``peft`` and ``transformers``: they load without this engine.

An adapter lies beside its model as soon as it is finished. Merged weights, of the size of the base, are made on demand.
"""

import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
from tokenizers import Tokenizer
from torch import Tensor

from trainyard_engine.core.atomic_io import write_described
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.language_models import own_facts, registered_language_model, require_same_base
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import StoredModel, contiguous_weights
from trainyard_engine.core.peft_layout import adapter_config
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.text.chat_template import ChatTokenizer
from trainyard_engine.models.causal_lm import FINGERPRINT, CausalLm, are_adapters
from trainyard_engine.models.layers.language_models import adapter_settings, load_network
from trainyard_engine.tasks.handler import Preprocessing
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.engine_protocol import TOKENIZER_FILE
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE

TOKENIZER_CONFIG, GENERATION_CONFIG = "tokenizer_config.json", "generation_config.json"
SPECIAL = ("bos_token", "eos_token", "pad_token")
LARGEST_SHARD = "4GB"


def exported_beside(model: LoadedModel, directory: Path) -> list[FileEntry]:
    """Writes what ``peft`` and ``transformers`` need of a language model beside it in ``directory``."""
    network = model.network
    if not isinstance(network, CausalLm):
        return []
    contents = tokenizer_files(model.preprocessing)
    if network.is_adapted:
        weights = {name: tensor for name, tensor in contiguous_weights(network).items() if name != FINGERPRINT}
        contents[ADAPTER_CONFIG_FILE] = adapter_config(network.peft_config, base_model=network.config.model)
        contents[ADAPTER_WEIGHTS_FILE] = safetensors.torch.save(weights)
    return [write_described(directory / name, content) for name, content in contents.items()]


def export_merged(stored: StoredModel, directory: Path) -> None:
    """Writes the whole network, adapters added into its weights, with tokenizer and generation configuration.

    Raises ``EngineFault`` for what is no language model, and for adapters of another base than is registered.
    """
    config, base = stored.config.spec.architecture, stored.preprocessing.base
    if not isinstance(config, CausalLmConfig) or base is None:
        raise invalid_input("Only language models are exported.", code="not_exported", field="model")
    network = _merged(stored, config, base) if are_adapters(stored.weights) else _whole(stored, config, base)
    directory.mkdir(parents=True, exist_ok=True)
    network.save_pretrained(directory, max_shard_size=LARGEST_SHARD)
    tokenizer = Tokenizer.from_str(stored.preprocessing.writers_tokenizer.to_json())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    contents = tokenizer_files(stored.preprocessing) | {TOKENIZER_FILE: tokenizer.to_str(pretty=True).encode()}
    for name, content in contents.items():
        write_described(directory / name, content)


def declared_end(facts: dict[str, Any], chat: ChatTokenizer) -> frozenset[int]:
    """Tokens that end an answer: those of the generation configuration, and what ends a sequence for the tokenizer."""
    declared = facts.get("generation", {}).get("eos_token_id")
    ids = declared if isinstance(declared, list) else [declared]
    return frozenset(token for token in (*ids, chat.token_id("eos_token")) if isinstance(token, int))


def merged_weights(stored: StoredModel) -> dict[str, Tensor]:
    """All weights, under transformers' names, of adapters that are added into those of their base.

    Raises ``EngineFault`` where another base is registered.
    """
    config, base = stored.config.spec.architecture, stored.preprocessing.base
    assert isinstance(config, CausalLmConfig)  # noqa: S101  of adapters it is
    assert base is not None  # noqa: S101  likewise
    return dict(_merged(stored, config, base).state_dict())


def _merged(stored: StoredModel, config: CausalLmConfig, base: PretrainedBackbone) -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from peft import LoraConfig, PeftModel, set_peft_model_state_dict

    registered = registered_language_model(config.model)
    require_same_base(registered, own_facts(base)["fingerprint"])
    network = load_network(registered, config, dropout=0.0)
    adapted = PeftModel(network, LoraConfig(**adapter_settings(network, config)))
    weights = {name: tensor for name, tensor in stored.weights.items() if name != FINGERPRINT}
    set_peft_model_state_dict(adapted, weights)
    return adapted.merge_and_unload()


def _whole(stored: StoredModel, config: CausalLmConfig, base: PretrainedBackbone) -> Any:
    network = load_network(base, config, dropout=0.0)
    network.load_state_dict(stored.weights, strict=False)  # weights that are tied are stored once
    return network


def tokenizer_files(preprocessing: Preprocessing) -> dict[str, bytes]:
    """What ``transformers`` reads beside ``tokenizer.json``: special tokens, chat template, and what ends a text."""
    assert preprocessing.base is not None  # noqa: S101  as every language model here has one
    facts = own_facts(preprocessing.base)
    chat = ChatTokenizer(preprocessing.writers_tokenizer.to_json(), facts)
    settings = {name: facts[name] for name in SPECIAL if facts.get(name)}
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": chat.template}
    generation = {**facts.get("generation", {}), "eos_token_id": sorted(declared_end(facts, chat)) or None}
    return {
        TOKENIZER_CONFIG: json.dumps(settings, indent=2, sort_keys=True).encode(),
        GENERATION_CONFIG: json.dumps(generation, indent=2, sort_keys=True).encode(),
    }
