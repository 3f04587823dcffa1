"""LoRA adapters that peft has written, made into models of this engine: the base gives what their two files lack.

Nothing of a base but its configuration and tokenizer is read, and no pickle.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import safetensors.torch
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from torch import Tensor, nn

from trainyard_engine.core.atomic_io import write_described
from trainyard_engine.core.faults import invalid_input, refuse
from trainyard_engine.core.language_models import own_facts, registered_language_model
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.model_directory import ModelManifest, write_model
from trainyard_engine.core.precision import choose_compute
from trainyard_engine.generation.export import tokenizer_files
from trainyard_engine.models.causal_lm import FINGERPRINT
from trainyard_engine.models.layers.language_models import PEFT_PREFIX, adapter_settings, load_network
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.shared.language_models import base_of
from trainyard_spec.base import RulesViolated
from trainyard_spec.engine_protocol import CONFIG_FILE, MANIFEST_FILE
from trainyard_spec.peft_adapters import (
    LARGEST_HEADER,
    LENGTH,
    PeftAdapter,
    fit_violations,
    read_adapter,
    starting_model_of,
)
from trainyard_spec.start_rules import StartingModel
from trainyard_spec.training import TrainingSpec
from trainyard_spec.training_sessions import ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE

NAME = "imported adapter"


@contextmanager
def whole_model(directory: Path, *, base: str | None = None) -> Iterator[Path]:
    """``directory`` or, where an adapter alone lies in it, a model made of it and of its base, while the block lasts.

    ``base`` is the name under which that is registered, where its ``config.json`` does not say it. Raises
    ``EngineFault``.
    """
    if (directory / MANIFEST_FILE).exists() or not (directory / ADAPTER_CONFIG_FILE).exists():
        yield directory
        return
    with TemporaryDirectory() as scratch:
        import_adapter(directory, Path(scratch), base=_named_base(directory) or base or "default")
        yield Path(scratch)


def import_adapter(directory: Path, out: Path, *, base: str) -> None:
    """Writes the model that the adapter in ``directory`` and the one registered as ``base`` are, into ``out``.

    Raises ``EngineFault`` for an adapter that does not fit it, or is none that is served.
    """
    adapter, weights = _read(directory, base)
    registered = registered_language_model(base)
    with torch.device("meta"):  # Names and shapes are all that is asked of it.
        network = load_network(registered, adapter.architecture, dropout=0.0)
    shapes = _adaptable(network, adapter)
    refuse(fit_violations(adapter, shapes))
    fingerprint = torch.tensor(list(bytes.fromhex(own_facts(registered)["fingerprint"])), dtype=torch.uint8)
    stored = {FINGERPRINT: fingerprint, **_factors(weights, shapes, rank=adapter.architecture.rank)}
    model = _model_of(adapter, network)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in tokenizer_files(model.preprocessing).items():
        write_described(out / name, content)
    for name in (ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE):
        write_described(out / name, (directory / name).read_bytes())
    write_model(out, model, weights=stored, manifest=_manifest(adapter, model.config.spec))


def _model_of(adapter: PeftAdapter, network: Any) -> LoadedModel:
    start = starting_model_of(adapter, name=NAME)
    spec = start.spec
    config = ModelConfig(
        spec=spec,
        classes=(),
        profile=start.profile,
        shift=(),
        scale=(),
        fill=(),
        target_mean=0.0,
        target_std=1.0,
    )
    preprocessing, compute, handler = base_of(spec), choose_compute("cpu", "fp32"), handler_for(spec.task)
    encoder = handler.encoder(config, preprocessing, compute.device)
    objective = handler.objective(config, preprocessing)
    return LoadedModel(config, network, preprocessing, encoder, objective, compute)


def _manifest(adapter: PeftAdapter, spec: TrainingSpec) -> ModelManifest:
    return ModelManifest(
        files=(),
        parameters=adapter.parameters,
        torch=torch.__version__,
        device="cpu",
        precision="fp32",
        threads=1,
        deterministic=True,
        dataset_sha256="",
        training=NAME,
        spec=spec,
    )


def _named_base(directory: Path) -> str | None:
    """What the ``config.json`` beside an uploaded adapter says."""
    try:
        found = StartingModel.model_validate_json((directory / CONFIG_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return getattr(found.spec.architecture, "model", None)


def _read(directory: Path, base: str) -> tuple[PeftAdapter, dict[str, Tensor]]:
    path = directory / ADAPTER_WEIGHTS_FILE
    if not path.is_file():
        pickled = path.with_suffix(".bin").is_file()
        raise invalid_input(
            f"{directory.name} has no {ADAPTER_WEIGHTS_FILE}"
            + (": adapter_model.bin is a pickle, and loading one runs whatever code is in it." if pickled else "."),
            code="pickle_refused" if pickled else "adapter_damaged",
            hint="Save it with peft's save_pretrained, whose default is safetensors.",
            field="adapter_model",
        )
    with path.open("rb") as file:
        header = file.read(LENGTH.size + LARGEST_HEADER)
    try:
        config = (directory / ADAPTER_CONFIG_FILE).read_bytes()
        adapter = read_adapter(base=base, config=config, header=header, size=path.stat().st_size)
        weights = safetensors.torch.load_file(path)
    except RulesViolated as error:
        refuse(error.violations)
        raise
    except (OSError, SafetensorError) as error:
        raise invalid_input(f"The adapter cannot be read: {error}", code="adapter_damaged") from error
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise invalid_input(f"{name} holds numbers that are not finite.", code="adapter_damaged")
    return adapter, weights


def _adaptable(network: Any, adapter: PeftAdapter) -> dict[str, tuple[int, int]]:
    """Outputs and inputs of the layers that a training with the adapter's architecture adapts, by their names."""
    settings = adapter_settings(network, adapter.architecture)
    targets = set(settings["target_modules"])
    head, found = network.get_output_embeddings(), {}
    for name, layer in network.named_modules():
        if name.rpartition(".")[2] not in targets or layer is head:
            continue
        rows, columns = layer.weight.shape
        # GPT-2's layers are convolutions of width 1, whose weights lie the other way round.
        found[name] = (rows, columns) if isinstance(layer, nn.Linear) else (columns, rows)
    return found


def _factors(weights: dict[str, Tensor], shapes: dict[str, tuple[int, int]], *, rank: int) -> dict[str, Tensor]:
    """Factors of every layer that is adapted here: those of ``weights``, and of others such as change nothing.

    The second factor of these is 0, and the first is drawn as peft draws it, by a generator of its own.
    """
    draws = torch.Generator().manual_seed(0)
    found: dict[str, Tensor] = {}
    for module, (outputs, inputs) in shapes.items():
        first, second = (f"{PEFT_PREFIX}{module}.lora_{side}.weight" for side in "AB")
        if first in weights:
            found[first], found[second] = weights[first].float(), weights[second].float()
            continue
        found[first] = nn.init.kaiming_uniform_(torch.empty(rank, inputs), a=math.sqrt(5), generator=draws)
        found[second] = torch.zeros(outputs, rank)
    return found
