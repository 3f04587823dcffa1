"""Lower bound of the memory that fine-tuning a registered language model takes, known before its first step."""

from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.datasets import AnyProfile, ConversationProfile
from trainyard_spec.footprint import BYTES_PER_NUMBER, Footprint, bytes_of_slot, training_bytes
from trainyard_spec.pretrained_models import BaseModelFacts
from trainyard_spec.resolution import example_length, packs, preference_loss, readings_per_epoch
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec

LOGITS_AT_ONCE = 1 << 24
"""Numbers of a chunk of logits: 64 MiB of float32."""
CHUNKS = 2
"""That are there at once: the logits and their gradients."""
QUANTIZED_BYTES = {"int8": 1.0, "int4": 0.5}
HALF = 2
"""Bytes of a number of bf16 and fp16."""


def language_model_footprint(spec: TrainingSpec, profile: AnyProfile, base: BaseModelFacts) -> Footprint:
    """Memory of the weights of ``base``, of what is trained of it or beside it, and of the activations of an example.

    Each dense layer keeps its inputs and its outputs for the way back; with gradient checkpointing each layer keeps
    its inputs alone, and one of them all that it has. Of a sharded training it is what a slot takes; at its end the
    first compares the trained weights with those of the base.
    """
    config = spec.architecture
    assert isinstance(config, CausalLmConfig)  # noqa: S101  as whoever calls has looked
    loss = preference_loss(spec, profile) if isinstance(profile, ConversationProfile) else ""
    if config.method == "full":
        has_reference = spec.task == Task.PREFERENCE_TUNING and loss != "orpo"
        fixed = training_bytes(spec.training, base.parameters)
        fixed += BYTES_PER_NUMBER * base.parameters if has_reference else 0
        at_end = 2 * BYTES_PER_NUMBER * base.parameters
    else:
        features = base.features if config.target_modules == "all_linear" else base.attention_features
        at_end = _frozen_bytes(config, base)
        fixed = at_end + training_bytes(spec.training, config.rank * features)
    fixed = bytes_of_slot(spec, fixed, at_end=at_end)
    tokens = _tokens(spec, profile, base)
    logits = CHUNKS * BYTES_PER_NUMBER * min(tokens * base.vocabulary, LOGITS_AT_ONCE)
    width = BYTES_PER_NUMBER if spec.training.precision == "fp32" else HALF
    return Footprint(fixed=fixed + logits, per_example=width * tokens * _kept_of_a_token(config, base))


def facts_of_own_weights(stored_bytes: int, told: BaseModelFacts | None) -> BaseModelFacts:
    """What is known of a model that a training starts from with all of its weights, which are float32.

    ``stored_bytes`` are those of its file of weights, ``told`` what a worker tells of the registered model that it was
    itself trained from: of the same network. Where none does, a training takes at the least what its weights take.
    """
    if told is not None:
        return told.model_copy(update={"dtype": "float32", "stored_bytes": BYTES_PER_NUMBER * told.parameters})
    unknown = dict.fromkeys(("hidden_size", "layers", "vocabulary", "features", "attention_features"), 0)
    return BaseModelFacts(
        parameters=stored_bytes // BYTES_PER_NUMBER, dtype="float32", stored_bytes=stored_bytes, **unknown
    )


def _frozen_bytes(config: CausalLmConfig, base: BaseModelFacts) -> int:
    if config.quantization != "none":
        return int(QUANTIZED_BYTES[config.quantization] * base.parameters)
    return base.stored_bytes if config.base_dtype == "stored" else BYTES_PER_NUMBER * base.parameters


def _kept_of_a_token(config: CausalLmConfig, base: BaseModelFacts) -> int:
    if not config.gradient_checkpointing:
        return base.features
    return base.layers * base.hidden_size + base.features // max(base.layers, 1)


def _tokens(spec: TrainingSpec, profile: AnyProfile, base: BaseModelFacts) -> int:
    """Tokens of an example: a packed row is full, and of two answers that are compared, or read for KTO, both are."""
    most = example_length(spec, context=base.context)
    if not isinstance(profile, ConversationProfile) or packs(spec):
        return most
    answers = 2 if profile.has_pairs else readings_per_epoch(spec, profile)
    return answers * min(most, profile.longest)
