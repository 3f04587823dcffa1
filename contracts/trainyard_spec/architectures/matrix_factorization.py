"""Configuration of ``matrix_factorization``: a latent vector and a bias per user and item."""

from typing import ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task


class MatrixFactorizationConfig(ArchitectureConfig):
    place: ClassVar[int] = 150
    title: ClassVar[str] = "Matrix factorization"
    summary: ClassVar[str] = "A vector and a bias for each user and item; they match as far as their vectors agree."
    tasks: ClassVar[tuple[Task, ...]] = (Task.RECOMMENDATION,)

    name: Literal["matrix_factorization"] = "matrix_factorization"
    factors: int = Field(
        default=32, ge=1, le=1_024, description="Latent factors: embedding dimension of users and items."
    )
