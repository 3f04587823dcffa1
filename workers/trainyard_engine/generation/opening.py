"""Opens the generation engine that a worker's setting names over a base model's directory."""

import os
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import Tokenizer

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.generation.port import GenerationEngine
from trainyard_engine.generation.transformers_engine import TransformersEngine
from trainyard_engine.generation.vllm_engine import VllmEngine

EngineName = Literal["transformers", "vllm"]


def open_engine(
    directory: Path, *, device: torch.device, name: EngineName = "transformers", max_context: int | None = None
) -> GenerationEngine:
    """``directory`` holds ``config.json``, ``tokenizer.json`` and safetensors, as ``transformers`` writes them.

    Raises ``EngineFault`` for a directory that holds no causal language model.
    """
    if name == "vllm":
        return VllmEngine(directory, max_context=max_context)
    network = load_causal_lm(directory).to(device)
    return TransformersEngine(network, load_tokenizer(directory), max_context=max_context)


def load_causal_lm(directory: Path) -> Any:
    """The network in evaluation mode, float32 or the type its weights are stored in; no code of it, no pickle."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModelForCausalLM  # seconds that only those pay who need it

    try:
        network: Any = AutoModelForCausalLM.from_pretrained(
            directory, dtype="auto", local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise invalid_input(
            f"No causal language model can be loaded from {directory.name}: {error}", code="unusable_model"
        ) from error
    return network.eval()


def load_tokenizer(directory: Path) -> Tokenizer:
    """The fast tokenizer of ``tokenizer.json``. Raises ``EngineFault``."""
    try:
        return Tokenizer.from_file(str(directory / "tokenizer.json"))
    except Exception as error:  # the library raises no narrower one
        raise invalid_input(
            f"The tokenizer of {directory.name} cannot be read: {error}", code="unusable_model"
        ) from error
