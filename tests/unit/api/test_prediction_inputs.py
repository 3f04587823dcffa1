"""What the predict call takes for an input, whatever the model."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from trainyard.api.v1.models.serializers import InputField


@pytest.mark.parametrize("value", ["text", {"a": 1, "b": None}, [1, 2.5], [{"load": 3, "day": "2026-01-01"}]])
def test_texts_rows_and_series_pass_as_they_are(value: Any) -> None:
    assert InputField().run_validation(value) == value


@pytest.mark.parametrize("value", [{"a": [1]}, [[1, 2]], [{"a": {"b": 1}}]])
def test_what_is_nested_deeper_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        InputField().run_validation(value)
