"""Tiny networks as an operator would register them, made from a configuration and not trained."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from trainyard_spec.pretrained_models import CODED_TRANSLATORS
from trainyard_spec.tasks import DataKind, Task

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
IMAGE_SIDE = 16
PROCESSOR = {
    "do_resize": True,
    "size": {"height": IMAGE_SIDE, "width": IMAGE_SIDE},
    "resample": 2,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.4, 0.5, 0.6],
    "image_std": [0.2, 0.25, 0.3],
}
"""How the tiny networks of images want them."""
WAVE_PROCESSOR = {"sampling_rate": 8000, "feature_size": 1, "do_normalize": True, "return_attention_mask": False}
NAMES = {DataKind.TEXTS: "tiny", DataKind.IMAGES: "tiny-image", DataKind.RECORDINGS: "tiny-waves"}
"""The names under which ``register_all`` registers a network for each kind of data."""
TRANSLATOR = "tiny-translator"
"""Likewise, of one that writes what it has read in other words."""
PHRASES = [f"{word}{number}" for word in ("a", "be") for number in range(23)]
"""What its tokenizer was learnt from."""
CODES = ("eng_Latn", "deu_Latn", "fra_Latn")
"""Of languages, in vocabularies of networks that know several."""
SPECIAL_IDS = {
    "m2m_100": (1, 2, 2),
    "mbart": (1, 2, 2),
    "marian": (62, 0, 62),
    "t5": (0, 1, 0),
    "bart": (1, 2, 2),
    "mt5": (0, 1, 0),
    "pegasus": (0, 1, 0),
}
"""Of padding, of what ends a text and of what one is written after: other ones in each kind of network."""


def register_all(directory: Path) -> Path:
    """Writes a model for each kind of data below ``directory``, which it returns."""
    register(directory, NAMES[DataKind.TEXTS])
    register_image_model(directory, NAMES[DataKind.IMAGES])
    register_translator(directory, TRANSLATOR)
    return register_wave_model(directory, NAMES[DataKind.RECORDINGS])


def named_for(task: Task, options: dict[str, Any]) -> dict[str, Any]:
    """``options`` of the architecture ``pretrained`` with the model of ``register_all`` that learns ``task``."""
    data = task.traits.data
    if task == Task.TRANSLATION:
        return {name: options[name] for name in options if name != "pooling"} | {"model": TRANSLATOR}
    own = options if data == DataKind.TEXTS else {name: options[name] for name in options if name != "pooling"}
    return {**own, "model": NAMES[data]}


def register_image_model(directory: Path, name: str, *, kind: str = "vit", classes: int | None = None) -> Path:
    """Writes the network ``name`` of images, under a head for so many ``classes`` or without one, below ``directory``,
    which it returns."""
    import transformers

    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "vit": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24},
        "resnet": {"embedding_size": 8, "hidden_sizes": [8, 12], "depths": [1, 1], "layer_type": "basic"},
    }[kind]
    if kind == "vit":
        sizes |= {"image_size": IMAGE_SIDE, "patch_size": 8}
    config = transformers.AutoConfig.for_model(kind, **sizes, num_labels=classes or 2)
    make = transformers.AutoModelForImageClassification if classes else transformers.AutoModel
    make.from_config(config).save_pretrained(directory / name)
    (directory / name / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    return directory


def wave_config(kind: str = "wav2vec2", **changes: Any) -> Any:
    """Of a tiny network that makes a frame of 10 samples and more."""
    import transformers

    return transformers.AutoConfig.for_model(
        kind,
        **{
            "hidden_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 24,
            "conv_dim": (8, 8),
            "conv_kernel": (10, 4),
            "conv_stride": (5, 4),
            "num_conv_pos_embeddings": 8,
            "num_conv_pos_embedding_groups": 2,
            **changes,
        },
    )


def register_wave_model(directory: Path, name: str, *, kind: str = "wav2vec2", alphabet: str = "", **how: Any) -> Path:
    """Writes the network ``name`` that hears 8,000 samples a second, and spells ``alphabet`` if there is one, below
    ``directory``, which it returns. ``how`` are changes of its configuration."""
    import transformers

    torch.manual_seed(0)
    vocabulary = {character: number for number, character in enumerate(["<pad>", *alphabet.replace(" ", "|")])}
    config = wave_config(kind, vocab_size=len(vocabulary), pad_token_id=0, **how)
    (transformers.AutoModelForCTC if alphabet else transformers.AutoModel).from_config(config).save_pretrained(
        directory / name
    )
    (directory / name / "preprocessor_config.json").write_text(json.dumps(WAVE_PROCESSOR))
    if alphabet:
        (directory / name / "vocab.json").write_text(json.dumps(vocabulary))
    return directory


def register_translator(directory: Path, name: str, *, kind: str = "marian") -> Path:
    """Writes the network ``name`` with an encoder and a decoder below ``directory``, which it returns."""
    import transformers

    torch.manual_seed(0)
    tokenizer = translators_tokenizer(kind)
    padding, end, start = SPECIAL_IDS[kind]
    sizes: dict[str, Any] = {"d_model": 16, "max_position_embeddings": 24, "scale_embedding": True}
    for side in ("encoder", "decoder"):
        sizes |= {f"{side}_layers": 1, f"{side}_attention_heads": 2, f"{side}_ffn_dim": 24}
    if kind in ("t5", "mt5"):
        sizes = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_decoder_layers": 1, "num_heads": 2}
    config = transformers.AutoConfig.for_model(
        kind,
        vocab_size=64,
        pad_token_id=padding,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        forced_eos_token_id=None,
        **sizes,
    )
    transformers.AutoModelForSeq2SeqLM.from_config(config).save_pretrained(directory / name)
    tokenizer.save(str(directory / name / "tokenizer.json"))
    return directory


def translators_tokenizer(kind: str) -> Tokenizer:
    """60 tokens or fewer, which ends each text as those of ``kind`` do, and knows what is unknown by another id."""
    padding, end, _ = SPECIAL_IDS[kind]
    special = {end: "</s>", **({padding: "<pad>"} if padding < 60 else {})}
    special |= {next(place for place in range(9) if place not in special): "<unk>"}
    if kind == "bart":
        special[3] = "<s>"
    tokens = [special.get(place, f"[{place}]") for place in range(max(special) + 1)]
    if kind in CODED_TRANSLATORS:
        tokens += CODES
    trainer = trainers.WordLevelTrainer(vocab_size=60, special_tokens=tokens, show_progress=False)
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator([PHRASES] * 2, trainer)
    ids = [("</s>", end), *([("<s>", 3)] if kind == "bart" else [])]
    single = "<s> $A </s>" if kind == "bart" else "$A </s>"
    tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=ids)
    return tokenizer


def register(directory: Path, name: str, *, kind: str = "bert") -> Path:
    """Writes the model ``name`` below ``directory``, which it returns: 40 words, texts of up to 24 tokens."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(special_tokens=SPECIAL, vocab_size=120, show_progress=False)
    tokenizer.train_from_iterator([[f"word{number}" for number in range(40)]] * 2, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=24)
    torch.manual_seed(0)
    _encoder(kind, words=tokenizer.get_vocab_size()).save_pretrained(directory / name)
    tokenizer.save(str(directory / name / "tokenizer.json"))
    return directory


def register_padded_by_one(directory: Path, name: str, *, kind: str = "roberta") -> Path:
    """As ``register``, an encoder like RoBERTa: its vocabulary begins with ``<s>``, and 1 is padding."""
    from transformers import AutoConfig, AutoModel

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordPieceTrainer(special_tokens=special, vocab_size=120, show_progress=False)
    tokenizer.train_from_iterator([[f"word{number}" for number in range(40)]] * 2, trainer)
    ids = [(token, special.index(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ids)
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind,
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=26,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    AutoModel.from_config(config).save_pretrained(directory / name)
    tokenizer.save(str(directory / name / "tokenizer.json"))
    return directory


def _encoder(kind: str, *, words: int) -> Any:
    import transformers  # takes seconds, and most that read this file make no model

    if kind == "gpt2":
        gpt = transformers.GPT2Config(vocab_size=words, n_embd=16, n_layer=1, n_head=2, n_positions=24)
        return transformers.GPT2Model(gpt)
    if kind == "bert":
        bert = transformers.BertConfig(
            vocab_size=words,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            max_position_embeddings=24,
        )
        return transformers.BertModel(bert)
    distilled = transformers.DistilBertConfig(
        vocab_size=words, dim=16, n_layers=1, n_heads=2, hidden_dim=24, max_position_embeddings=24
    )
    return transformers.DistilBertModel(distilled)
