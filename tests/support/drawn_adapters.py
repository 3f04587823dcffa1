"""LoRA adapters as somebody else makes them: by peft alone, weights drawn."""

from pathlib import Path
from typing import Any

import torch


def saved_adapter(base: Path, out: Path, **settings: Any) -> Path:
    """Writes the directory ``out`` of an adapter of the base in ``base``, and returns it; ``settings`` are peft's."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    config = LoraConfig(**{"r": 4, "lora_alpha": 8, "task_type": "CAUSAL_LM", "init_lora_weights": False, **settings})
    torch.manual_seed(1)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.normal_(std=0.3)
    adapted.save_pretrained(out)
    return out
