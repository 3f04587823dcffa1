"""Workers that heartbeat and report, in a process of their own: each call when it is due, late ones dropped."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count, groupby
from typing import Any

import httpx

from benchmarks.control_plane.seeded_job import SeededJob

HEARTBEAT_SECONDS = 10.0
REPORT_SECONDS = 1.0
POINTS = 50
"""Steps a report: those of a second."""


@dataclass(slots=True)
class Answers:
    """``seconds`` of each answered call; ``errors`` are answers other than 2xx, and calls that broke."""

    due: int = 0
    errors: int = 0
    lasted: float = 0.0
    cpu_seconds: float = 0.0
    seconds: list[float] = field(default_factory=list)


def call(worker_url: str, jobs: list[SeededJob], seconds: float) -> Answers:
    """Plays the workers that hold ``jobs`` for ``seconds``."""
    return asyncio.run(_play(worker_url, jobs, seconds))


async def _play(worker_url: str, jobs: list[SeededJob], seconds: float) -> Answers:
    answers = Answers()
    held = sorted(jobs, key=lambda job: job.token)
    # None waits for a connection here: what is measured is the control plane.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=worker_url, limits=limits, timeout=30) as client:
        end = time.perf_counter() + seconds
        began, cpu = time.perf_counter(), time.process_time()
        reporting = [_reports(client, job, number / len(jobs), end, answers) for number, job in enumerate(jobs)]
        groups = [(token, list(of_worker)) for token, of_worker in groupby(held, key=lambda job: job.token)]
        beating = [
            _heartbeats(client, token, of_worker, number / len(groups), end, answers)
            for number, (token, of_worker) in enumerate(groups)
        ]
        await asyncio.gather(*reporting, *beating)
        answers.lasted, answers.cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return answers


async def _reports(client: httpx.AsyncClient, job: SeededJob, phase: float, end: float, answers: Answers) -> None:
    path = f"/attempts/{job.attempt_id}/reports"
    sequence = job.sequence
    async for number in _due(REPORT_SECONDS, phase, end, answers):
        steps = range(number * POINTS, (number + 1) * POINTS)
        message = {"type": "metrics", "steps": list(steps), "values": {"train_loss": [1 / (s + 1) for s in steps]}}
        body = {"fence": job.fence, "sequence": sequence + 1, "messages": [message]}
        if await _post(client, path, job.token, body, answers):
            sequence += 1


async def _heartbeats(
    client: httpx.AsyncClient, token: str, jobs: list[SeededJob], phase: float, end: float, answers: Answers
) -> None:
    attempts = [{"attempt_id": job.attempt_id, "fence": job.fence} for job in jobs]
    async for _ in _due(HEARTBEAT_SECONDS, phase, end, answers):
        await _post(client, "/heartbeat", token, {"attempts": attempts}, answers)


async def _due(every: float, phase: float, end: float, answers: Answers) -> AsyncIterator[int]:
    """Counts calls from 0, each at its time; those whose time passes during the one before are dropped."""
    time_due = time.perf_counter() + phase * every
    for number in count():
        if time_due >= end:
            return
        await asyncio.sleep(max(time_due - time.perf_counter(), 0))
        answers.due += 1
        yield number
        time_due += every
        missed = math.ceil(max(min(time.perf_counter(), end) - time_due, 0) / every)
        answers.due += missed
        time_due += missed * every


async def _post(client: httpx.AsyncClient, path: str, token: str, body: dict[str, Any], answers: Answers) -> bool:
    began = time.perf_counter()
    try:
        answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    except httpx.TransportError:
        answers.errors += 1
        return False
    answers.seconds.append(time.perf_counter() - began)
    answers.errors += not answer.is_success
    return answer.is_success
