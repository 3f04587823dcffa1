"""A job that trains, as its worker knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeededJob:
    """An attempt that trains, whose last report had ``sequence``, and the token of the worker that holds it."""

    job_id: str
    attempt_id: str
    token: str
    fence: int = 1
    sequence: int = 1
