"""Descriptions of fields are what people see in forms and docs: none is left out."""

from typing import Any

import pytest

from trainyard_spec.training import TrainingSpec

SCHEMA = TrainingSpec.model_json_schema()
MODELS = {name: part for name, part in [*SCHEMA["$defs"].items(), ("TrainingSpec", SCHEMA)] if "properties" in part}


def is_told_by_its_own_fields(field: dict[str, Any]) -> bool:
    return "$ref" in field or "discriminator" in field


@pytest.mark.parametrize("name", MODELS)
def test_every_field_is_described(name: str) -> None:
    fields = MODELS[name]["properties"]
    is_choice = "const" in fields.get("name", {})
    bare = {
        field
        for field, about in fields.items()
        if not about.get("description") and not is_told_by_its_own_fields(about) and not (is_choice and field == "name")
    }
    assert bare == set()


@pytest.mark.parametrize(("model", "field", "term"), [
    ("TrainingConfig", "batch_size", "Batch size"),
    ("TrainingConfig", "accumulate", "Gradient accumulation steps"),
    ("TextPoolConfig", "embedding", "Embedding dimension"),
    ("GptConfig", "d_model", "Embedding dimension"),
    ("GptConfig", "num_heads", "Attention heads"),
    ("TransformerConfig", "d_ff", "Feed-forward dimension"),
    ("RnnConfig", "pooling", "Pooling"),
])  # fmt: skip
def test_a_description_says_the_term_first(model: str, field: str, term: str) -> None:
    assert MODELS[model]["properties"][field]["description"].startswith(term)
