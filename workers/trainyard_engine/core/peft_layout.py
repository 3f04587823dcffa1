"""LoRA adapters on disk in the layout of ``peft``: a configuration as JSON beside safetensors."""

import json
from typing import Any


def adapter_config(config: Any, *, base_model: str) -> bytes:
    """``adapter_config.json`` of a ``LoraConfig`` for the base that is registered as ``base_model``."""
    told = config.to_dict() | {"base_model_name_or_path": base_model, "inference_mode": True}
    return json.dumps({key: _plain(value) for key, value in told.items()}, indent=2, sort_keys=True).encode()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value
