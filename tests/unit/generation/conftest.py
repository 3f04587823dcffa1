from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tiny_language_model import register_language_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory of registered language models, one of each kind."""
    directory = tmp_path_factory.mktemp("models")
    for kind in ("llama", "gpt2"):
        register_language_model(directory, kind, kind=kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
        yield directory
