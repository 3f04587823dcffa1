"""Validation of LoRA adapters in the layout of peft (``adapter_config.json`` beside safetensors).

Used by the control plane when one is uploaded and by the engine when it is loaded, so that both refuse the same
adapters. Only the JSON and the safetensors header are read: https://huggingface.co/docs/safetensors#format.
"""

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.base import RulesViolated, RuleViolation, WireModel
from trainyard_spec.datasets import ConversationProfile
from trainyard_spec.names import storable
from trainyard_spec.start_rules import StartingModel
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec

ADAPTER_NAME = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")
LARGEST_HEADER = 64 * 2**20
"""Bytes: of an adapter with as many tensors as any has it is smaller."""
LENGTH = struct.Struct("<Q")
BYTES_OF = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Of a number, by the data types that factors have."""
UNSUPPORTED: Mapping[str, Any] = {
    "bias": "none",
    "use_dora": False,
    "use_rslora": False,
    "lora_bias": False,
    "rank_pattern": {},
    "alpha_pattern": {},
    "modules_to_save": None,
    "trainable_token_indices": None,
    "target_parameters": None,
    "layer_replication": None,
    "use_qalora": False,
}
"""Settings of peft that change what an adapter computes, each with the only value that is served; none means it."""
NAMED = 3
NO_DATASET = "dsv_imported"
"""In the spec of a model that no training here has made."""


class StoredTensor(WireModel):
    """An entry of a safetensors header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PeftAdapter:
    """LoRA adapter: ``modules`` of the base model that it adapts.

    ``architecture`` is the configuration of a training that continues from it. ``shapes`` are those of both factors of
    each module, A (rank, inputs) and B (outputs, rank).
    """

    architecture: CausalLmConfig
    shapes: Mapping[str, tuple[tuple[int, int], tuple[int, int]]]

    @property
    def parameters(self) -> int:
        return sum(a[0] * a[1] + b[0] * b[1] for a, b in self.shapes.values())


def read_adapter(*, base: str, config: bytes, header: bytes, size: int) -> PeftAdapter:
    """What the two files say.

    Parameters
    ----------
    base
        The name under which the operator registered the model that it adapts.
    config
        The content of ``adapter_config.json``.
    header
        The beginning of ``adapter_model.safetensors``, at least as far as its header goes.
    size
        Bytes of that whole file.

    Raises
    ------
    RulesViolated
        For an adapter that is damaged, of another method, or computes what is not served.
    """
    settings = _settings(config)
    shapes = _shapes(_tensors(header, size), rank=settings["r"])
    is_attention = all("attn" in name or "attention" in name for name in shapes)
    try:
        architecture = CausalLmConfig(
            model=base,
            rank=settings["r"],
            alpha=settings["lora_alpha"],
            adapter_dropout=settings.get("lora_dropout") or 0.0,
            target_modules="attention" if is_attention else "all_linear",
        )
    except ValidationError as error:
        first = error.errors()[0]
        message = f"Its {'.'.join(map(str, first['loc']))} cannot be trained on: {first['msg']}."
        raise _unsupported("adapter_config", message) from error
    return PeftAdapter(architecture, shapes)


def starting_model_of(adapter: PeftAdapter, *, name: str) -> StartingModel:
    """How a training that goes on from ``adapter`` knows it: as that of conversations which are not known here."""
    spec = TrainingSpec(name=name, dataset=NO_DATASET, task=Task.INSTRUCTION_TUNING, architecture=adapter.architecture)
    none = ConversationProfile(form="messages", messages=0, tokens=0, trained_tokens=0, longest=0, mean=0.0)
    return StartingModel(spec=spec, profile=none)


def fit_violations(adapter: PeftAdapter, shapes: Mapping[str, tuple[int, int]]) -> Iterator[RuleViolation]:
    """What of ``adapter`` does not fit a base whose layers have weights of ``shapes`` (outputs, inputs), by name."""
    rank, name = adapter.architecture.rank, adapter.architecture.model
    if unknown := sorted(adapter.shapes.keys() - shapes.keys()):
        listed = ", ".join(unknown[:NAMED]) + (", …" if len(unknown) > NAMED else "")
        message = f"The adapter adapts layers that {name} does not have, or that are not adapted here: {listed}."
        yield RuleViolation("base", message, "Name the base that it was trained on.", "adapter_mismatch")
        return
    for module, found in sorted(adapter.shapes.items()):
        outputs, inputs = shapes[module]
        expected = ((rank, inputs), (outputs, rank))
        if found != expected:
            message = f"The factors of {module} are of {found[0]} and {found[1]}, and {name} needs {expected[0]} and"
            message += f" {expected[1]}."
            yield RuleViolation("base", message, "Name the base that it was trained on.", "adapter_mismatch")
            return


def _settings(config: bytes) -> dict[str, Any]:
    try:
        settings = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise _damaged("adapter_config", "adapter_config.json is no JSON.") from error
    if not isinstance(settings, dict):
        raise _damaged("adapter_config", "adapter_config.json is no JSON object.")
    kind = settings.get("peft_type")
    if kind != "LORA":
        raise _unsupported("adapter_config", f"It is an adapter of the kind {kind}, and only LORA is served.")
    if settings.get("task_type") not in (None, "CAUSAL_LM"):
        raise _unsupported(
            "adapter_config", f"It is for the task {settings['task_type']}, and only CAUSAL_LM is served."
        )
    for name, served in UNSUPPORTED.items():
        if (value := settings.get(name)) and value != served:
            raise _unsupported("adapter_config", f"It sets {name} to {json.dumps(value)[:80]}, which is not served.")
    for name in ("r", "lora_alpha"):
        if not isinstance(settings.get(name), int) or isinstance(settings.get(name), bool):
            raise _unsupported("adapter_config", f"Its {name} is no whole number.")
    return settings


def _tensors(header: bytes, size: int) -> dict[str, StoredTensor]:
    field = "adapter_model"
    if len(header) < LENGTH.size:
        raise _damaged(field, "adapter_model.safetensors is no safetensors file.")
    (length,) = LENGTH.unpack_from(header)
    if length > min(LARGEST_HEADER, size - LENGTH.size) or LENGTH.size + length > len(header):
        raise _damaged(field, "adapter_model.safetensors is no safetensors file, or its header is cut.")
    try:
        entries = json.loads(header[LENGTH.size : LENGTH.size + length])
        entries.pop("__metadata__", None)
        found = {str(name): StoredTensor.model_validate(entry) for name, entry in entries.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise _damaged(field, "The header of adapter_model.safetensors cannot be read.") from error
    if max((tensor.data_offsets[1] for tensor in found.values()), default=0) != size - LENGTH.size - length:
        raise _damaged(field, "adapter_model.safetensors is cut, or longer than its header says.")
    return found


def _shapes(tensors: Mapping[str, StoredTensor], *, rank: int) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    sides: dict[str, dict[str, tuple[int, int]]] = {}
    for name, tensor in tensors.items():
        match = ADAPTER_NAME.fullmatch(name)
        if match is None or tensor.dtype not in BYTES_OF or len(tensor.shape) != 2:
            raise _unsupported("adapter_model", f"It holds {name}, which is no factor of a low-rank adapter.")
        rows, columns = tensor.shape
        if (rows if match["side"] == "A" else columns) != rank:
            raise _unsupported("adapter_model", f"{name} is not of the rank {rank} that adapter_config.json states.")
        begin, end = tensor.data_offsets
        if min(rows, columns) < 1 or begin < 0 or end - begin != rows * columns * BYTES_OF[tensor.dtype]:
            raise _damaged("adapter_model", f"{name} has not as many bytes as a tensor of its shape takes.")
        sides.setdefault(match["module"], {})[match["side"]] = (rows, columns)
    if not sides:
        raise _damaged("adapter_model", "adapter_model.safetensors holds no tensors.")
    for module, found in sides.items():
        if len(found) < 2:
            raise _damaged("adapter_model", f"Of {module} only one of the two factors is there.")
    return {module: (found["A"], found["B"]) for module, found in sides.items()}


def _damaged(field: str, message: str) -> RulesViolated:
    hint = "Upload the directory that peft's save_pretrained writes."
    return RulesViolated(RuleViolation(field, storable(message), hint, "adapter_damaged"))


def _unsupported(field: str, message: str) -> RulesViolated:
    hint = "Plain LoRA adapters of dense layers are served."
    return RulesViolated(RuleViolation(field, storable(message), hint, "adapter_unsupported"))
