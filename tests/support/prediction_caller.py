"""Calls of the worker API, as one worker makes them."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from trainyard.pools.models import Worker


@dataclass(frozen=True)
class PredictionCaller:
    """Calls the worker API with the token of one worker."""

    worker: Worker
    token: str

    def claim(self) -> dict[str, Any] | None:
        answer = self.post("/predictions/claim", {})
        assert answer.status_code in {200, 204}, answer.content
        return answer.json() if answer.status_code == 200 else None

    def finish(self, prediction_id: str, **outcome: Any) -> Any:
        return self.post(f"/predictions/{prediction_id}/finish", outcome)

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/worker/v1{path}")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._client.post(f"/api/worker/v1{path}", json.dumps(body), content_type="application/json")

    @property
    def _client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"}, raise_request_exception=False)
