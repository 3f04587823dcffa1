"""The names of loss functions; the rows of ``TRAITS`` say which of them a task has."""

from typing import Literal

LossName = Literal[
    "auto",
    "cross_entropy",
    "focal",
    "bce",
    "mse",
    "mae",
    "huber",
    "ctc",
    "dpo",
    "orpo",
    "kto",
    "info_nce",
    "cosine_similarity",
]
