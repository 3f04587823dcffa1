"""The architecture catalogue: one configuration model per module, discovered by the module's name.

The build function of an entry is in ``trainyard_engine.models`` under the same module name, because this package must
be importable without torch.
"""

from functools import reduce
from importlib import import_module
from operator import or_
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig


def _catalogue() -> dict[str, type[ArchitectureConfig]]:
    """By name, in the order of their places."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    entries = sorted(ArchitectureConfig.__subclasses__(), key=lambda entry: entry.place)
    return {entry.model_fields["name"].default: entry for entry in entries}


ARCHITECTURES: dict[str, type[ArchitectureConfig]] = _catalogue()

if TYPE_CHECKING:
    AnyArchitecture = ArchitectureConfig
else:
    AnyArchitecture = Annotated[reduce(or_, ARCHITECTURES.values()), Field(discriminator="name")]

__all__ = ["ARCHITECTURES", "AnyArchitecture", "ArchitectureConfig"]
