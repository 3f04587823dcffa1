"""A glance at a dataset of translations."""

import json
from pathlib import Path

from tests.support.compiled import write_translations
from trainyard.datasets import previews
from trainyard_engine.core.dataset import open_dataset


def test_a_text_is_shown_beside_its_translation(tmp_path: Path) -> None:
    directory = write_translations(tmp_path, ["goose", "swan"], ["Gänse" * 200, "Schwan"])
    rows = json.loads(previews.build(open_dataset(directory).compiled, directory))["rows"]
    assert rows == [{"text": "goose", "translation": "Gänse" * 100}, {"text": "swan", "translation": "Schwan"}]
