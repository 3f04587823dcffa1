"""A tiny transformer as an operator would register it, made from a configuration and not trained."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


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
