"""Protobuf messages of Tinker's API: the module that the client's own wheel contains.

The module is loaded by its path instead of ``import tinker``, which would load the whole client and transformers into
the web process. Without the package, the API answers with an error that says what to install.
"""

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from trainyard.core.errors import TrainyardError

NAME = "tinker.proto.tinker_public_pb2"
FILE = Path("proto", "tinker_public_pb2.py")
MEDIA_TYPE = "application/x-protobuf"


class FaceNotInstalled(TrainyardError):
    """The package with the protobuf messages is not installed on this host."""

    status = 501
    code = "face_not_installed"


@cache
def messages() -> Any:
    """The module. Raises ``FaceNotInstalled``."""
    if NAME in sys.modules:
        return sys.modules[NAME]
    spec = find_spec("tinker")
    if spec is None or not spec.submodule_search_locations:
        raise FaceNotInstalled(
            "This platform was installed without the messages of Tinker's API.",
            hint="Ask the operator to install trainyard[tinker].",
        )
    return _loaded(Path(next(iter(spec.submodule_search_locations))) / FILE)


def _loaded(path: Path) -> ModuleType:
    spec = spec_from_file_location(NAME, path)
    assert spec is not None  # noqa: S101  a file of that name has one
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
