"""The registry of networks: each module of this package adds its own, by a decorator, when it is imported."""

from collections.abc import Callable
from typing import Any, TypeVar

from torch import nn

from trainyard_engine.models.context import BuildContext

Build = TypeVar("Build", bound=Callable[..., nn.Module])

BUILDERS: dict[str, Callable[[Any, BuildContext], nn.Module]] = {}


def architecture(name: str) -> Callable[[Build], Build]:
    """Registers what builds the architecture ``name`` from its configuration in the spec and a ``BuildContext``."""

    def register(build: Build) -> Build:
        BUILDERS[name] = build
        return build

    return register
