"""Test double of the control plane that follows the worker protocol; ``server`` serves it by HTTP.

Fences, sequence numbers and repeats are handled as in ``trainyard_spec.worker_protocol``; accepted data are recorded on
the ``AttemptRecord``. Faults are injected by ``unavailable``, ``lose_first_answers``, ``corrupt`` and ``revoke``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from threading import Condition
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from trainyard_spec.worker_protocol import (
    CheckpointRegistration,
    Claim,
    ClaimRequest,
    Finish,
    Heartbeat,
    HeartbeatReply,
    PredictionClaim,
    PredictionFinish,
    ProfileClaim,
    ProfileFinish,
    Registered,
    Registration,
    Report,
    ReportReply,
)
from trainyard_worker.testing.records import AttemptRecord, ProtocolProblem, entry_of, resume_point

Key = TypeVar("Key")
Row = TypeVar("Row")

ENROLMENT_TOKEN = "enrol-me"  # noqa: S105  opens nothing but this double
PREDICTION_SECONDS = 2.0
WAIT_SECONDS = 120


class ControlPlaneDouble:
    """State behind the server. Tests change and read it; ``wait_until`` waits for a condition."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.tokens: set[str] = set()
        self.caller = ""
        """The token of the call that is being answered."""
        self.registrations: list[Registration] = []
        self.waiting: list[AttemptRecord] = []
        self.attempts: dict[str, AttemptRecord] = {}
        self.waiting_predictions: list[tuple[PredictionClaim, dict[str, bytes]]] = []
        self.predictions: dict[str, dict[str, bytes]] = {}
        self.prediction_ends: dict[str, PredictionFinish] = {}
        self.waiting_profiles: list[ProfileClaim] = []
        self.profiles: set[str] = set()
        self.profile_ends: dict[str, list[ProfileFinish]] = {}
        self.calls: list[tuple[str, str]] = []
        self.violations: list[str] = []
        self.unavailable = ""
        """The paths (a regular expression) that answer 503."""
        self.full = ""
        """The paths (a regular expression) that answer 507."""
        self.heartbeats: list[Heartbeat] = []
        self.lose_first_answers = False
        self.answered: set[bytes] = set()
        self.refuses_success = False
        self.corrupt = 0
        self.damaged_steps: set[int] = set()
        self.heartbeat_seconds = 0.2
        self.told_heartbeat_seconds: float | None = None
        self.queue = "pool.test"
        self.url = ""

    def offer(
        self,
        script: list[dict[str, Any]],
        *,
        resume: dict[str, bytes] | None = None,
        resume_step: int = 5,
        earlier: dict[int, dict[str, bytes]] | None = None,
        data: dict[str, bytes] | None = None,
        spec: dict[str, Any] | None = None,
        slots: int = 1,
    ) -> AttemptRecord:
        """Queues an attempt on ``slots`` with a ``script`` for the stand-in engine, or a ``spec`` for the true one."""
        data = {"rows.npy": b"rows"} if data is None else data
        number = len(self.attempts) + len(self.waiting) + 1
        claim = Claim(
            attempt_id=f"att_{number}",
            job_id=f"job_{number}",
            fence=number,
            slots=slots,
            spec={"script": script} if spec is None else spec,
            dataset_key=hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest(),
            dataset_files=tuple(entry_of(*item) for item in data.items()),
            resume=resume_point(resume_step, resume) if resume else None,
            earlier=tuple(resume_point(*item) for item in (earlier or {}).items()),
        )
        record = AttemptRecord(claim, data, {**({resume_step: resume} if resume else {}), **(earlier or {})})
        with self.changed:
            self.waiting.append(record)
        return record

    def offer_prediction(
        self,
        inputs: list[Any],
        model: dict[str, bytes],
        *,
        model_id: str = "mdl_1",
        seconds: float = PREDICTION_SECONDS,
    ) -> str:
        claim = PredictionClaim(
            prediction_id=f"prd_{uuid4().hex}",
            model_id=model_id,
            model_files=tuple(entry_of(*item) for item in model.items()),
            inputs=tuple(inputs),
            seconds=seconds,
        )
        with self.changed:
            self.waiting_predictions.append((claim, model))
        return claim.prediction_id

    def offer_profile(
        self, script: list[dict[str, Any]], *, slots: int = 1, seconds: float = PREDICTION_SECONDS
    ) -> str:
        """Queues a speed profile on ``slots`` with a ``script`` for the stand-in engine."""
        identity, files = f"prof_{uuid4().hex}", (entry_of("rows.npy", b"rows"),)
        about = {"profile_id": identity, "slots": slots, "dataset_key": "profiled", "seconds": seconds}
        with self.changed:
            self.waiting_profiles.append(ProfileClaim(spec={"script": script}, dataset_files=files, **about))
        return identity

    def wait_until(self, condition: Callable[[], Any], what: str) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, WAIT_SECONDS):
                raise AssertionError(f"never happened: {what}; calls: {self.calls[-20:]}")

    def count(self, method: str, path: str) -> int:
        """How often a path (a regular expression) was called."""
        return sum(1 for call in self.calls if call[0] == method and re.fullmatch(path, call[1]))

    def revoke(self) -> None:
        self.tokens.clear()

    # The calls, by name of their route.

    def register(self, body: bytes, token: str) -> BaseModel:
        if token != ENROLMENT_TOKEN:
            raise ProtocolProblem(401, "unauthorized")
        self.registrations.append(Registration.model_validate_json(body))
        token = uuid4().hex
        self.tokens.add(token)
        return Registered(
            worker_id=f"wrk_{len(self.registrations)}",
            token=token,
            pool="test",
            queue=self.queue,
            heartbeat_seconds=self.heartbeat_seconds,
            lease_seconds=5 * self.heartbeat_seconds,
        )

    def heartbeat(self, body: bytes) -> BaseModel:
        self.heartbeats.append(Heartbeat.model_validate_json(body))
        if self.heartbeats[-1].about is not None:
            self._expire_all_but({each.attempt_id for each in self.heartbeats[-1].attempts})
        held = (self.attempts.get(each.attempt_id) for each in self.heartbeats[-1].attempts)
        live = [
            record
            for record in held
            if record and record.holder == self.caller and not record.lost and record.outcome is None
        ]
        desired = {record.claim.attempt_id: record.desired for record in live}
        return HeartbeatReply(state="active", desired=desired, heartbeat_seconds=self.told_heartbeat_seconds)

    def claim(self, body: bytes) -> BaseModel | None:
        if not self.waiting or self.waiting[0].claim.slots > ClaimRequest.model_validate_json(body).free_slots:
            return None
        record = self.waiting.pop(0)
        record.holder = self.caller
        self.attempts[record.claim.attempt_id] = record
        return record.claim

    def fetch(self, _body: bytes, attempt_id: str, name: str) -> bytes:
        record = self._held(attempt_id)
        record.check_open(record.claim.fence)
        return self._maybe_corrupt(_found(record.files, name))

    def fetch_checkpoint(self, _body: bytes, attempt_id: str, step: str, name: str) -> bytes:
        content = _found(_found(self._held(attempt_id).resume_files, int(step)), name)
        return bytes(len(content)) if int(step) in self.damaged_steps else content

    def reports(self, body: bytes, attempt_id: str) -> BaseModel:
        record, report = self._held(attempt_id), Report.model_validate_json(body)
        record.check_fence(report.fence)
        if record.outcome is not None:
            self.violations.append("report after finish")
            raise ProtocolProblem(409, "stale_fence")
        if report.sequence > record.sequence + 1:
            self.violations.append(f"sequence {report.sequence} after {record.sequence}")
            raise ProtocolProblem(409, "sequence_gap")
        if report.sequence == record.sequence + 1:
            record.sequence += 1
            record.messages.extend(report.messages)
        return ReportReply(desired=record.desired)

    def upload_checkpoint(self, body: bytes, attempt_id: str, step: str, name: str, fence: str) -> None:
        record = self._held(attempt_id)
        record.check_open(int(fence))
        record.uploads[int(step), name] = body

    def register_checkpoint(self, body: bytes, attempt_id: str) -> BaseModel:
        record, checkpoint = self._held(attempt_id), CheckpointRegistration.model_validate_json(body)
        record.check_open(checkpoint.fence)
        for entry in checkpoint.files:
            if entry_of(entry.name, record.uploads.get((checkpoint.step, entry.name), b"")) != entry:
                self.violations.append(f"checkpoint {checkpoint.step} registered without {entry.name}")
                raise ProtocolProblem(409, "not_uploaded")
        if checkpoint not in record.checkpoints:
            record.checkpoints.append(checkpoint)
            record.messages_before[checkpoint.step] = len(record.messages)
        return ReportReply(desired=record.desired)

    def upload_model(self, body: bytes, attempt_id: str, name: str, fence: str) -> None:
        record = self._held(attempt_id)
        record.check_open(int(fence))
        record.model[name] = body

    def finish(self, body: bytes, attempt_id: str) -> None:
        record, finish = self._held(attempt_id), Finish.model_validate_json(body)
        record.check_fence(finish.fence)
        if self.refuses_success and finish.result.outcome == "succeeded":
            raise ProtocolProblem(422, "incomplete_model")
        if record.outcome not in (None, finish.result):
            self.violations.append("finished twice, differently")
            raise ProtocolProblem(409, "stale_fence")
        record.outcome = finish.result

    def claim_prediction(self, _body: bytes) -> BaseModel | None:
        if not self.waiting_predictions:
            return None
        claim, files = self.waiting_predictions.pop(0)
        self.predictions[claim.prediction_id] = files
        return claim

    def fetch_model(self, _body: bytes, prediction_id: str, name: str) -> bytes:
        return self._maybe_corrupt(_found(_found(self.predictions, prediction_id), name))

    def finish_prediction(self, body: bytes, prediction_id: str) -> None:
        self.prediction_ends[prediction_id] = PredictionFinish.model_validate_json(body)

    def claim_profile(self, body: bytes) -> BaseModel | None:
        free = ClaimRequest.model_validate_json(body).free_slots
        if not self.waiting_profiles or self.waiting_profiles[0].slots > free:
            return None
        claim = self.waiting_profiles.pop(0)
        self.profiles.add(claim.profile_id)
        return claim

    def fetch_profiled(self, _body: bytes, _profile_id: str, _name: str) -> bytes:
        return self._maybe_corrupt(b"rows")

    def finish_profile(self, body: bytes, profile_id: str) -> None:
        self.profile_ends.setdefault(profile_id, []).append(ProfileFinish.model_validate_json(body))

    def drops_response(self, method: str, path: str, body: bytes) -> bool:
        """With ``lose_first_answers``, whether this is the first time that exactly this is written about an attempt."""
        write = f"{method} {path} ".encode() + body
        is_first = method != "GET" and path.startswith("/attempts/") and write not in self.answered
        self.answered.add(write)
        return self.lose_first_answers and is_first

    def _held(self, attempt_id: str) -> AttemptRecord:
        """The attempt, of the worker that calls alone."""
        record = _found(self.attempts, attempt_id)
        if record.holder != self.caller:
            raise ProtocolProblem(404, "not_found")
        return record

    def _expire_all_but(self, held: set[str]) -> None:
        for attempt_id, record in self.attempts.items():
            record.lost = record.lost or (attempt_id not in held and record.outcome is None)

    def _maybe_corrupt(self, content: bytes) -> bytes:
        if self.corrupt == 0:
            return content
        self.corrupt -= 1
        return b"\0" * len(content)


def _found(rows: Mapping[Key, Row], key: Key) -> Row:
    """The row of ``key``. Raises ``ProtocolProblem``: there is none."""
    if key not in rows:
        raise ProtocolProblem(404, "not_found")
    return rows[key]
