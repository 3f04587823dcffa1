"""Finished language models that share a base, served by one process.

Of adapters the base is loaded once, from where the operator registered it; a model that has all of its weights is its
own base. The adapters used last stay in memory.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from tokenizers import Tokenizer

from trainyard_engine.core.atomic_io import DamagedFile, check_files
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.language_models import own_facts, registered_language_model, require_same_base
from trainyard_engine.core.model import ModelConfig
from trainyard_engine.core.model_directory import load_model, read_manifest
from trainyard_engine.core.precision import DeviceName, choose_compute, make_deterministic
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.generation.export import declared_end
from trainyard_engine.generation.imported_adapters import whole_model
from trainyard_engine.generation.port import BASE
from trainyard_engine.generation.transformers_engine import TransformersEngine, end_tokens
from trainyard_engine.modalities.text.chat_template import ChatTokenizer
from trainyard_engine.models.causal_lm import FINGERPRINT
from trainyard_engine.models.layers.language_models import adapter_settings, load_network
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.engine_protocol import BASE_FILE, CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from trainyard_spec.tasks import Task

MOST_ADAPTERS = 16


@dataclass(frozen=True, slots=True)
class ServedLanguageModel:
    """A model as it answers: ``adapter`` is its name at the ``engine``, and ``chats`` whether it learnt from chats."""

    engine: TransformersEngine
    chat: ChatTokenizer
    tokenizer: Tokenizer
    adapter: str
    chats: bool


class LanguageModels:
    """Opens models by their directories; at most ``most_adapters`` stay loaded, the least recently used go first."""

    def __init__(self, device: DeviceName, *, threads: int, most_adapters: int = MOST_ADAPTERS) -> None:
        self._device = device
        self._threads = threads
        self._most = most_adapters
        self._base: PretrainedBackbone | None = None
        self._served: ServedLanguageModel | None = None
        self._adapters: OrderedDict[str, ServedLanguageModel] = OrderedDict()
        self._whole = ""
        self._fan_in_fan_out = False

    def open(self, model_id: str, directory: Path) -> ServedLanguageModel:
        """The model in ``directory``, whose every byte is checked when it is loaded.

        Raises ``EngineFault`` for a damaged one, and for adapters of another base than this process serves.
        """
        if model_id in self._adapters:
            self._adapters.move_to_end(model_id)
            return self._adapters[model_id]
        with whole_model(directory) as whole:
            return self._open(model_id, whole)

    def _open(self, model_id: str, directory: Path) -> ServedLanguageModel:
        config, base = _checked(directory)
        architecture = config.spec.architecture
        assert isinstance(architecture, CausalLmConfig)  # noqa: S101  whoever calls has looked
        chats = config.spec.task != Task.LANGUAGE_MODELLING
        if architecture.method == "full" or config.form.has_own_base:
            return replace(self._open_whole(model_id, directory, base), chats=chats)
        served = self._open_base(architecture, base, directory)
        self._load_adapter(served.engine, model_id, directory, architecture)
        self._adapters[model_id] = replace(served, adapter=model_id, chats=chats)
        return self._adapters[model_id]

    def _open_whole(self, model_id: str, directory: Path, base: PretrainedBackbone) -> ServedLanguageModel:
        if self._served is None:
            network: Any = load_model(directory, self._device, threads=self._threads).network
            self._served, self._base, self._whole = self._serve(network.lm, directory, base), base, model_id
        if self._whole != model_id:
            raise _another_base()
        return self._served

    def _open_base(
        self, architecture: CausalLmConfig, base: PretrainedBackbone, directory: Path
    ) -> ServedLanguageModel:
        fingerprint = own_facts(base)["fingerprint"]
        if self._served is None or self._base is None:
            registered = registered_language_model(architecture.model)
            require_same_base(registered, fingerprint)
            compute = choose_compute(self._device, "fp32")
            make_deterministic(compute.device, threads=self._threads)
            network = load_network(registered, architecture, dropout=0.0).to(compute.device)
            self._fan_in_fan_out = adapter_settings(network, architecture)["fan_in_fan_out"]
            self._served, self._base = self._serve(network, directory, base), base
        require_same_base(self._base, fingerprint)
        return self._served

    def _load_adapter(
        self, engine: TransformersEngine, model_id: str, directory: Path, architecture: CausalLmConfig
    ) -> None:
        from peft import LoraConfig

        while len(self._adapters) >= self._most:
            engine.unload_adapter(self._adapters.popitem(last=False)[0])
        weights = safetensors.torch.load_file(directory / WEIGHTS_FILE)
        weights.pop(FINGERPRINT)
        config = LoraConfig(
            r=architecture.rank,
            lora_alpha=architecture.alpha,
            target_modules=sorted({name.partition(".lora_")[0].rpartition(".")[2] for name in weights}),
            fan_in_fan_out=self._fan_in_fan_out,
            init_lora_weights=False,
            task_type="CAUSAL_LM",
        )
        engine.add_adapter(model_id, config, weights)

    def _serve(self, network: Any, directory: Path, base: PretrainedBackbone) -> ServedLanguageModel:
        spelled, facts = (directory / TOKENIZER_FILE).read_text(encoding="utf-8"), own_facts(base)
        chat, tokenizer = ChatTokenizer(spelled, facts), Tokenizer.from_str(spelled)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        end = declared_end(facts, chat) or end_tokens(network)
        return ServedLanguageModel(TransformersEngine(network, tokenizer, end=end), chat, tokenizer, BASE, chats=False)


def _checked(directory: Path) -> tuple[ModelConfig, PretrainedBackbone]:
    try:
        check_files(directory, read_manifest(directory).files)
        config = ModelConfig.model_validate_json((directory / CONFIG_FILE).read_bytes())
        return config, PretrainedBackbone(json.loads((directory / BASE_FILE).read_bytes()))
    except (OSError, ValueError, KeyError, SafetensorError, DamagedFile) as error:
        raise invalid_input(f"{directory} is not a whole model: {error}", code="damaged_model") from error


def _another_base() -> Exception:
    return invalid_input("This process serves another model.", code="other_base")
