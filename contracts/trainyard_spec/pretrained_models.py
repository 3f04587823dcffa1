"""Registered transformers models by ``model_type``: which ones can be fine-tuned, and for which tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from trainyard_spec.base import Count, Step, WireModel
from trainyard_spec.tasks import Task

ENCODERS = frozenset({
    *("albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "deberta", "deberta-v2", "distilbert"),
    *("electra", "ernie", "esm", "eurobert", "fnet", "gte", "ibert", "jina_embeddings_v3", "longformer", "luke"),
    *("megatron-bert", "mobilebert", "modernbert", "mpnet", "mra", "nomic_bert", "nystromformer", "rembert", "roberta"),
    *("roberta-prelayernorm", "roc_bert", "roformer", "squeezebert", "ultrabert", "xlm-roberta", "xlm-roberta-xl"),
    "yoso",
})  # fmt: skip
"""Values of ``model_type`` in a ``config.json`` of Hugging Face's ``transformers``."""

IMAGE_ENCODERS = frozenset({
    *("beit", "bit", "convnext", "convnextv2", "cvt", "deit", "dinov2", "dinov2_with_registers", "focalnet", "hiera"),
    *("ijepa", "mobilenet_v1", "mobilenet_v2", "poolformer", "pvt", "pvt_v2", "regnet", "resnet", "segformer"),
    *("swiftformer", "swin", "swinv2", "vit", "vit_msn"),
})  # fmt: skip
"""Likewise, of networks that tell what is in an image."""

WAVE_ENCODERS = frozenset({
    *("data2vec-audio", "hubert", "sew", "sew-d", "unispeech", "unispeech-sat", "wav2vec2", "wav2vec2-conformer"),
    "wavlm",
})  # fmt: skip
"""Likewise, of networks that hear samples as they are."""

SPECTROGRAM_ENCODERS = frozenset({"audio-spectrogram-transformer"})
"""Likewise, of networks that hear by an image of the sound."""

CAUSAL_LANGUAGE_MODELS = frozenset({
    *("cohere", "cohere2", "gemma", "gemma2", "gemma3_text", "glm", "glm4", "gpt2", "gpt_neox", "granite", "llama"),
    *("mistral", "mixtral", "nemotron", "olmo", "olmo2", "olmo3", "olmoe", "persimmon", "phi", "phi3", "qwen2"),
    *("qwen2_moe", "qwen3", "qwen3_moe", "smollm3", "stablelm", "starcoder2"),
})  # fmt: skip
"""Likewise, of networks that write texts, each token after those before it."""

CODED_TRANSLATORS = frozenset({"m2m_100", "mbart"})
"""Likewise, of networks that read one text and write another, each behind the code of its language: NLLB is one."""
TRANSLATORS = frozenset({"bart", "marian", "mt5", "pegasus", "t5", "umt5"}) | CODED_TRANSLATORS
"""Likewise, with those that need no such code."""


@dataclass(frozen=True, slots=True)
class PretrainedFamily:
    """Family of networks: ``model_types`` belong to it, and ``tasks`` are those that it can be fine-tuned for.

    ``noun`` is used in messages, and ``only`` in the message to somebody who named another kind of model. Some model
    types that do not generate text, such as BERT, can be configured to.
    """

    noun: str
    tasks: frozenset[Task]
    model_types: frozenset[str]
    only: str
    writes: bool = False

    def holds(self, config: Any) -> bool:
        """Whether ``config``, what a ``config.json`` holds, is that of one of them and of nothing else."""
        if not isinstance(config, Mapping):
            return False
        decodes = config.get("is_decoder") or config.get("is_encoder_decoder")
        return config.get("model_type") in self.model_types and (self.writes or not decodes)


TEXT_FAMILY = PretrainedFamily(
    noun="encoder",
    tasks=frozenset(
        (Task.TEXT_CLASSIFICATION, Task.TEXT_REGRESSION, Task.SENTENCE_EMBEDDING, Task.TOKEN_CLASSIFICATION)
    ),
    model_types=ENCODERS,
    only="Only encoders, such as BERT, learn to tell of texts; language models, such as GPT-2 or Llama, do not.",
)
IMAGE_FAMILY = PretrainedFamily(
    noun="image encoder",
    tasks=frozenset({Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION}),
    model_types=IMAGE_ENCODERS,
    only="Only networks of images, such as ViT, DINOv2, Swin, ResNet or ConvNeXt, learn to tell of images.",
)
AUDIO_FAMILY = PretrainedFamily(
    noun="network of recordings",
    tasks=frozenset({Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION}),
    model_types=WAVE_ENCODERS,
    only="Only networks that hear samples, such as Wav2Vec2, HuBERT or WavLM, learn to tell of recordings; an "
    "Audio Spectrogram Transformer puts them in classes, too.",
)
SPECTROGRAM_FAMILY = PretrainedFamily(
    noun="network of spectrograms",
    tasks=frozenset({Task.AUDIO_CLASSIFICATION}),
    model_types=SPECTROGRAM_ENCODERS,
    only="An Audio Spectrogram Transformer tells of a whole recording, and spells none.",
)
LANGUAGE_FAMILY = PretrainedFamily(
    noun="language model",
    tasks=frozenset({Task.LANGUAGE_MODELLING, Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING}),
    model_types=CAUSAL_LANGUAGE_MODELS,
    only="Only causal language models, such as Llama, Qwen or GPT-2, write texts; encoders do not.",
    writes=True,
)
TRANSLATION_FAMILY = PretrainedFamily(
    noun="encoder and decoder",
    tasks=frozenset({Task.TRANSLATION}),
    model_types=TRANSLATORS,
    only="Only encoders with a decoder, such as Marian, T5, NLLB or BART, translate; models of one part alone do not.",
    writes=True,
)
FAMILIES = (TEXT_FAMILY, IMAGE_FAMILY, AUDIO_FAMILY, SPECTROGRAM_FAMILY, LANGUAGE_FAMILY, TRANSLATION_FAMILY)

NOT_TRAINABLE = (
    "Encoders of texts, images or recordings, causal language models, and encoders with a decoder can be trained"
    " further."
)


def family_of(task: Task) -> PretrainedFamily:
    """The networks that learn ``task``, by the first family of them. Raises ``KeyError`` where none do."""
    for family in FAMILIES:
        if task in family.tasks:
            return family
    raise KeyError(task)


def tasks_of(config: Any) -> tuple[Task, ...]:
    """What the network of ``config`` can learn, in the order of the registry; nothing where no one trains it."""
    return tuple(task for task in Task for family in FAMILIES if task in family.tasks and family.holds(config))


CONTEXTS = ("max_position_embeddings", "n_positions", "seq_length")
"""What ``config.json`` files call the longest context."""


def longest_context(config: Any) -> int | None:
    """Tokens that the causal language model of ``config`` reads at most; ``None`` where it is none."""
    if not LANGUAGE_FAMILY.holds(config):
        return None
    return next((config[name] for name in CONTEXTS if isinstance(config.get(name), int)), None)


class BaseModelFacts(WireModel):
    """Facts that a worker reports about a registered causal language model, to estimate memory and speed.

    ``dtype`` is the data type of most of its weights, and ``stored_bytes`` the size of all of them in it. ``context``
    is its maximum sequence length in tokens, if it states one. ``features`` is the sum of the inputs and outputs of its
    dense layers, ``attention_features`` that of the attention layers alone.
    """

    parameters: Step
    context: int | None = Field(default=None, ge=1)
    dtype: str = Field(max_length=20)
    stored_bytes: Step
    hidden_size: Count
    layers: Count
    vocabulary: Count
    features: Count
    attention_features: Count
