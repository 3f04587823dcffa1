"""TRL's ``SFTTrainer``: the same base, conversations and optimizer, as its documentation uses it.

It learns the last answer alone, as the engine does of conversations of two turns. Rows are told in the engine's packed
ones, by their tokens without padding, so that rates compare: packed rows of one are as full as those of the other, and
an unpacked step has as many conversations as a packed one holds.
"""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from benchmarks.engine.window import Pace, Window
from benchmarks.language.workloads import LENGTH, FineTuning, tokens_per_row
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_engine.modalities.text.dataset import texts_of
from trainyard_engine.tasks.shared.language_models import rows_of
from trainyard_spec.architectures.causal_lm import CausalLmConfig


class Timed(TrainerCallback):
    """Tells the window of each step, which counts so many ``rows``."""

    def __init__(self, rows: float) -> None:
        self.rows = rows
        self.window = Window(0.0)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_training_stop = self.window.step(self.rows)


def packed(workload: FineTuning, data: Path, *, threads: int) -> Callable[[float], Pace]:
    """Rows that are filled up with conversations."""
    return _prepared(workload, data, threads=threads, packing=True)


def unpacked(workload: FineTuning, data: Path, *, threads: int) -> Callable[[float], Pace]:
    """A conversation a row, padded to the longest of a batch."""
    return _prepared(workload, data, threads=threads, packing=False)


def _prepared(workload: FineTuning, data: Path, *, threads: int, packing: bool) -> Callable[[float], Pace]:
    full_row = tokens_per_row(workload, data, threads=threads)
    torch.use_deterministic_algorithms(False)
    rows = _conversations(data)
    architecture = workload.spec().architecture
    assert isinstance(architecture, CausalLmConfig)
    place = Path(os.environ[MODELS_VARIABLE]) / architecture.model
    tokenizer = AutoTokenizer.from_pretrained(place)
    size = workload.batch_size if packing else _conversations_of(rows, tokenizer, workload.batch_size * full_row)
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32),
        args=_settings(size, packing=packing),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=_adapters(architecture) if architecture.method == "lora" else None,
        callbacks=[timed := Timed(0.0)],
    )
    kept: Any = trainer.train_dataset
    lengths = [len(ids) for ids in kept["input_ids"]]
    timed.rows = size * sum(lengths) / len(lengths) / full_row
    return partial(_train, trainer, timed)


def _train(trainer: Any, timed: Timed, seconds: float) -> Pace:
    timed.window = Window(seconds)
    trainer.train()
    return timed.window.pace()


def _settings(size: int, *, packing: bool) -> Any:
    return SFTConfig(
        output_dir=mkdtemp(prefix="trainyard-bench-"),
        per_device_train_batch_size=size,
        packing=packing,
        max_length=LENGTH,
        num_train_epochs=1_000,
        learning_rate=0.001,
        lr_scheduler_type="constant",
        weight_decay=0.01,
        optim="adamw_torch_fused",
        max_grad_norm=1.0,  # as the engine clips language models, unless a spec says otherwise
        gradient_checkpointing=False,
        use_cpu=True,
        bf16=False,
        save_strategy="no",
        report_to="none",
        logging_steps=50,
        disable_tqdm=True,
    )


def _adapters(architecture: CausalLmConfig) -> Any:
    return LoraConfig(
        r=architecture.rank, lora_alpha=architecture.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def _conversations(data: Path) -> list[dict[str, Any]]:
    dataset = open_dataset(data)
    found = [json.loads(text)["messages"] for batch in texts_of(dataset, rows_of(dataset)) for text in batch]
    return [{"prompt": messages[:-1], "completion": messages[-1:]} for messages in found]


def _conversations_of(rows: list[dict[str, Any]], tokenizer: Any, tokens: float) -> int:
    """How many conversations have so many ``tokens``."""
    sizes = [len(tokenizer.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]) for row in rows]
    return max(1, round(tokens * len(sizes) / sum(sizes)))
