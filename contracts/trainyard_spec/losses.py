"""The names of loss functions; which of them a task has, its row in ``TRAITS`` says."""

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
