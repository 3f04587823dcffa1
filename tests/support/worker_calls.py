"""A worker that speaks to the control plane as the protocol says, over HTTP."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.support.jobs import entry_of, result_of, started


@dataclass
class WorkerCaller:
    """Calls ``/api/worker/v1`` with one token; ``claim`` remembers the attempt that the other calls are about."""

    token: str
    attempt: dict[str, Any] = field(default_factory=dict)
    sequence: int = 0

    @property
    def client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"}, raise_request_exception=False)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(f"/api/worker/v1{path}", json.dumps(body), content_type="application/json")

    def put(self, path: str, content: bytes) -> Any:
        return self.client.put(f"/api/worker/v1{path}", content, content_type="application/octet-stream")

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/worker/v1{path}")

    def claim(self) -> Any:
        answer = self.post("/claim", {"free_slots": 1})
        if answer.status_code == 200:
            self.attempt, self.sequence = answer.json(), 0
        return answer

    @property
    def path(self) -> str:
        return f"/attempts/{self.attempt['attempt_id']}"

    @property
    def fence(self) -> int:
        return int(self.attempt["fence"])

    def report(self, *messages: dict[str, Any], fence: int | None = None, sequence: int | None = None) -> Any:
        self.sequence = sequence or self.sequence + 1
        body = {"fence": fence or self.fence, "sequence": self.sequence, "messages": messages}
        return self.post(f"{self.path}/reports", body)

    def start(self) -> Any:
        return self.report(started().model_dump(mode="json"))

    def upload_checkpoint(self, step: int, content: bytes = b"weights", *, fence: int | None = None) -> Any:
        return self.put(f"{self.path}/checkpoints/{step}/files/weights.bin?fence={fence or self.fence}", content)

    def register_checkpoint(self, step: int, content: bytes = b"weights", *, fence: int | None = None) -> Any:
        body = {
            "fence": fence or self.fence,
            "step": step,
            "epoch": 1,
            "trained_seconds": 0.01,
            "files": [entry_of("weights.bin", content).model_dump()],
        }
        return self.post(f"{self.path}/checkpoints", body)

    def upload_model(self, *, fence: int | None = None) -> Any:
        for name in ("model.safetensors", "config.json", "manifest.json"):
            answer = self.put(f"{self.path}/model/{name}?fence={fence or self.fence}", b"{}")
        return answer

    def succeed(self, *, fence: int | None = None) -> Any:
        files = tuple(entry_of(name, b"{}") for name in ("model.safetensors", "config.json", "manifest.json"))
        result = result_of(files, trained_seconds=0.01).model_dump(mode="json")
        return self.finish({"outcome": "succeeded", "result": result}, fence=fence)

    def finish(self, result: dict[str, Any], *, fence: int | None = None) -> Any:
        return self.post(f"{self.path}/finish", {"fence": fence or self.fence, "result": result})
