"""Predictions as the tables of the control plane hold them, with inputs and answers for them."""

from typing import Any

from tests.support.dataset_versions import clock
from trainyard.core.tenancy import tenant_scope
from trainyard.registry import predictions
from trainyard.registry.models import Model, Prediction

ROWS = [{"length": 3, "colour": "red"}, {"length": None, "colour": "blue"}]
WARNING = {"code": "unknown_category", "message": "Training never met the colour mauve.", "column": "colour"}
ANSWERS = [
    {"label": "rose", "probabilities": {"rose": 0.9, "lily": 0.1}, "warnings": []},
    {"label": "rose", "probabilities": {"rose": 0.6, "lily": 0.4}, "warnings": [WARNING]},
]


def queued(model: Model, inputs: list[Any] | None = None) -> str:
    with tenant_scope(model.organization_id):
        return predictions.submit(model_id=model.id, inputs=inputs or ROWS, created_by="key_tests", now=clock()).id


def state_of(prediction_id: str) -> str:
    return Prediction.across_tenants.get(id=prediction_id).state
