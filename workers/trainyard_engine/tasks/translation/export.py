"""Translators in the layouts of ``transformers`` and ``peft``: they load without this engine."""

import json
from pathlib import Path
from typing import Any

import safetensors.torch
from tokenizers import Tokenizer

from trainyard_engine.core.atomic_io import write_described
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.peft_layout import adapter_config
from trainyard_engine.models.pretrained.translators import PretrainedTranslator
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.engine_protocol import TOKENIZER_FILE
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE

LARGEST_SHARD = "4GB"


def export_translator(model: LoadedModel, directory: Path) -> None:
    """Writes the network of ``model`` with its tokenizer and generation configuration into ``directory``.

    Raises ``EngineFault`` for a network that is no pretrained one: no other library knows its layers.
    """
    network = model.network
    if not isinstance(network, PretrainedTranslator):
        message = "Only pretrained networks are exported: no other library knows the layers of this one."
        raise invalid_input(message, code="not_exported", field="model")
    directory.mkdir(parents=True, exist_ok=True)
    network.network.save_pretrained(directory, max_shard_size=LARGEST_SHARD)
    tokenizer = Tokenizer.from_str(model.preprocessing.writers_tokenizer.to_json())
    settings = _tokenizer_settings(model, tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    write_described(directory / "tokenizer_config.json", json.dumps(settings, indent=2, sort_keys=True).encode())
    write_described(directory / TOKENIZER_FILE, tokenizer.to_str(pretty=True).encode())


def translator_beside(model: LoadedModel, directory: Path) -> list[FileEntry]:
    """Writes the adapter of a translator that has learnt one on a registered network, as ``peft`` reads it."""
    network, config = model.network, model.config.spec.architecture
    if not isinstance(network, PretrainedTranslator) or network.merged_adapter is None:
        return []
    assert isinstance(config, PretrainedConfig)  # noqa: S101  whose network it is
    settings, weights = network.merged_adapter
    prefix = "network."  # The attribute that holds the network of transformers.
    named = {f"base_model.model.{name.removeprefix(prefix)}": tensor for name, tensor in weights.items()}
    settings.task_type = "SEQ_2_SEQ_LM"
    contents = {
        ADAPTER_CONFIG_FILE: adapter_config(settings, base_model=config.model),
        ADAPTER_WEIGHTS_FILE: safetensors.torch.save(named),
    }
    return [write_described(directory / name, content) for name, content in contents.items()]


def _tokenizer_settings(model: LoadedModel, tokenizer: Tokenizer) -> dict[str, Any]:
    special = model.preprocessing.special_ids
    named = {"pad_token": special.padding, "eos_token": special.end, "unk_token": special.unknown}
    settings = {name: tokenizer.id_to_token(token) for name, token in named.items()}
    longest = model.preprocessing.writers_tokenizer.max_length
    return {**settings, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest}
