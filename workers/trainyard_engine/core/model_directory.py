"""A finished model on disk: all it takes to predict.

``model.safetensors``, ``config.json``, for texts ``tokenizer.json``, for recommendations ``catalogue.safetensors``, for
forecasts ``series.safetensors``, of a pretrained network ``base.json``, of one that reads
other than texts ``preprocessor_config.json``, and ``manifest.json``, which names the others.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from trainyard_engine.core.atomic_io import DamagedFile, check_files, describe, write_described
from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.memory_footprint import require_room
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.own_state import own_state
from trainyard_engine.core.precision import Compute, DeviceName, choose_compute, make_deterministic
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.interactions.item_index import ItemIndex
from trainyard_engine.modalities.series.scales import SeriesScales
from trainyard_engine.modalities.text.dataset import read_tokenizer
from trainyard_engine.models import BuildContext, build_model
from trainyard_engine.tasks.handler import Encoder, Objective, Preprocessing
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.base import WireModel
from trainyard_spec.engine_protocol import (
    BASE_FILE,
    CATALOGUE_FILE,
    CONFIG_FILE,
    MANIFEST_FILE,
    PROCESSOR_FILE,
    SCALES_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
)
from trainyard_spec.files import FileEntry
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec
from trainyard_spec.verdicts import Verdict


class Lineage(WireModel):
    """The ``model`` that another started from, by the id under which its training knew it, and by its weights.

    ``head`` says whether its head was kept; ``ancestors`` are the weights of those that it started from itself, the
    nearest first.
    """

    model: str
    weights_sha256: str
    head: Literal["kept", "new"]
    ancestors: tuple[str, ...] = ()


class ModelManifest(WireModel):
    """``manifest.json``: the files, and all that the weights depend on."""

    format: Literal[1] = 1
    files: tuple[FileEntry, ...]
    parameters: int
    torch: str
    device: str
    precision: str
    threads: int
    deterministic: bool
    dataset_sha256: str
    training: str
    spec: TrainingSpec
    resolved: ResolvedTraining | None = None
    """What the spec left to be chosen, and what it stated; unknown of models of earlier releases."""
    verdict: Verdict | None = None
    """Models of earlier releases have none."""
    init_from: Lineage | None = None
    """What it started from; of a model that was trained from nothing, none."""

    @property
    def weights_sha256(self) -> str:
        return next(entry.sha256 for entry in self.files if entry.name == WEIGHTS_FILE)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A finished model as it lies in its directory; ``weights`` are those of its network by name."""

    manifest: ModelManifest
    config: ModelConfig
    preprocessing: Preprocessing
    weights: dict[str, Tensor]


def assemble(
    config: ModelConfig,
    preprocessing: Preprocessing,
    compute: Compute,
    *,
    for_training: bool = False,
    processes: int = 1,
) -> LoadedModel:
    """The network of ``config`` with its first weights, whose data fit it.

    One that several ``processes`` share lies in the host's memory, until each has its part.

    Raises ``EngineFault`` when a training that it is for does not fit the memory.
    """
    kind = handler_for(config.spec.task)
    encoder = kind.encoder(config, preprocessing, compute.device)
    objective = kind.objective(config, preprocessing)
    context = context_of(config, preprocessing, encoder, objective)
    if for_training:
        require_room(config.spec, context, compute.device, processes=processes)
    network = build_model(config.spec, context).to(compute.device if processes == 1 else "cpu")
    return LoadedModel(
        config=config,
        network=network,
        preprocessing=preprocessing,
        encoder=encoder,
        objective=objective,
        compute=compute,
    )


def context_of(
    config: ModelConfig, preprocessing: Preprocessing, encoder: Encoder, objective: Objective
) -> BuildContext:
    """What the architecture of ``config`` is told about its data."""
    coverage, traits = preprocessing.coverage or Coverage(), config.spec.task.traits
    return BuildContext(
        input_shape=encoder.shape,
        outputs=objective.outputs,
        dropout=config.spec.training.regularization.dropout,
        per_frame=traits.has_transcripts or traits.tags_tokens,
        vocabulary=preprocessing.tokenizer.vocabulary if preprocessing.tokenizer else 0,
        users=len(preprocessing.item_index.users) if preprocessing.item_index else 0,
        items=len(preprocessing.item_index.items) if preprocessing.item_index else 0,
        base=preprocessing.base,
        has_pooler=config.form.has_pooler,
        has_own_base=config.form.has_own_base,
        patch_size=config.form.patch_size,
        stem=config.form.stem or "patches",
        padding=getattr(preprocessing.tokenizer, "padding", 0),
        token_weights=preprocessing.tokenizer.weights if preprocessing.tokenizer else (),
        unmet_tokens=coverage.unmet_tokens,
        unwritten_tokens=coverage.unwritten_tokens,
        longest=coverage.longest,
        has_head=not (preprocessing.base and config.spec.task == Task.SENTENCE_EMBEDDING),
    )


def load_model(directory: Path, device: DeviceName, *, threads: int) -> LoadedModel:
    """Reads a model directory, every byte checked, to compute on ``threads`` CPU threads.

    Raises ``EngineFault`` unless it is whole.
    """
    stored = read_model(directory)
    compute = choose_compute(device, stored.config.spec.training.precision)
    make_deterministic(compute.device, threads=threads)
    model = assemble(stored.config, stored.preprocessing, compute)
    model.network.load_state_dict(stored.weights)
    model.network.eval()
    return model


def read_model(directory: Path) -> StoredModel:
    """What a model directory holds, every byte checked. Raises ``EngineFault`` unless it is whole."""
    try:
        manifest = read_manifest(directory)
        check_files(directory, manifest.files)
        config = ModelConfig.model_validate_json((directory / CONFIG_FILE).read_bytes())
        preprocessing = _read_preprocessing(directory, manifest, config)
        weights = safetensors.torch.load_file(directory / WEIGHTS_FILE)
    except (OSError, ValueError, KeyError, SafetensorError, DamagedFile) as error:
        raise invalid_input(f"{directory} is not a whole model: {error}", code="damaged_model") from error
    return StoredModel(manifest, config, preprocessing, weights)


def read_manifest(directory: Path) -> ModelManifest:
    """Raises ``OSError`` or ``ValidationError`` when there is none."""
    return ModelManifest.model_validate_json((directory / MANIFEST_FILE).read_bytes())


def _read_preprocessing(directory: Path, manifest: ModelManifest, config: ModelConfig) -> Preprocessing:
    """Raises what reading raises; not every model has a tokenizer, a catalogue or scales of series."""
    names = {entry.name for entry in manifest.files}
    tokenizer = item_index = base = scales = None
    if TOKENIZER_FILE in names:
        tokenizer = read_tokenizer((directory / TOKENIZER_FILE).read_text(encoding="utf-8"))
    if CATALOGUE_FILE in names:
        item_index = ItemIndex.from_tensors(safetensors.torch.load_file(directory / CATALOGUE_FILE))
    if SCALES_FILE in names:
        scales = SeriesScales.from_tensors(safetensors.torch.load_file(directory / SCALES_FILE))
    if BASE_FILE in names:
        processor = json.loads((directory / PROCESSOR_FILE).read_bytes()) if PROCESSOR_FILE in names else {}
        base = PretrainedBackbone(json.loads((directory / BASE_FILE).read_bytes()), processor=processor)
    return Preprocessing(config.statistics, tokenizer, item_index, base, scales, config.coverage)


def contiguous_weights(network: nn.Module) -> dict[str, Tensor]:
    """Copies of all weights and buffers, on the CPU and in the order of their dimensions; see ``own_state``."""
    return {name: contiguous_copy(tensor) for name, tensor in own_state(network).items()}


def contiguous_copy(tensor: Tensor) -> Tensor:
    """A copy on the CPU whose bytes lie in the order of its dimensions, whatever the memory format was."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def write_model(
    directory: Path, model: LoadedModel, *, weights: dict[str, Tensor], manifest: ModelManifest
) -> tuple[FileEntry, ...]:
    """Writes the files durably, the manifest last and completed with the entries of the others.

    Returns the entries of all. The weights' bytes are a function of the weights alone.
    """
    contents = {
        WEIGHTS_FILE: safetensors.torch.save(weights),
        CONFIG_FILE: model.config.model_dump_json(indent=2).encode(),
    }
    if model.tokenizer:
        contents[TOKENIZER_FILE] = model.tokenizer.to_json().encode()
    if model.preprocessing.item_index:
        contents[CATALOGUE_FILE] = safetensors.torch.save(model.preprocessing.item_index.tensors())
    if model.preprocessing.scales:
        contents[SCALES_FILE] = safetensors.torch.save(model.preprocessing.scales.tensors())
    if base := model.preprocessing.base:
        contents[BASE_FILE] = json.dumps(base.config, indent=2, sort_keys=True).encode()
        if base.processor:
            contents[PROCESSOR_FILE] = json.dumps(base.processor, indent=2, sort_keys=True).encode()
    files = tuple(write_described(directory / name, content) for name, content in contents.items())
    content = manifest.model_copy(update={"files": files}).model_dump_json(indent=2).encode()
    write_described(directory / MANIFEST_FILE, content)
    return (*files, describe(MANIFEST_FILE, content))
