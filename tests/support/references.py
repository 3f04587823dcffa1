"""What independent libraries compute, which are imported when they are asked: the import takes seconds.

Torchmetrics' measures of texts bring transformers with them.
"""

from importlib import import_module
from typing import Any


def char_error_rate(*texts: Any, **options: Any) -> Any:
    return import_module("torchmetrics.functional.text").char_error_rate(*texts, **options)


def word_error_rate(*texts: Any, **options: Any) -> Any:
    return import_module("torchmetrics.functional.text").word_error_rate(*texts, **options)


def sacre_bleu_score(*texts: Any, **options: Any) -> Any:
    return import_module("torchmetrics.functional.text").sacre_bleu_score(*texts, **options)


def perplexity(*values: Any, **options: Any) -> Any:
    return import_module("torchmetrics.functional.text").perplexity(*values, **options)


def mel_filter_bank(*sizes: Any, **options: Any) -> Any:
    return import_module("transformers.audio_utils").mel_filter_bank(*sizes, **options)


def spectrogram(*values: Any, **options: Any) -> Any:
    return import_module("transformers.audio_utils").spectrogram(*values, **options)
