"""``make fuzz-api``: schemathesis asks platforms of its own everything that the schema describes, and what it forbids.

A round has a session of a tenant's key and one of an operator's, on SQLite and, where there is one, on PostgreSQL
(``TEST_POSTGRES_URL``), each with a platform of its own, and several at once where there are processors. Rounds follow,
each with another seed, until there were ``--least`` requests. ``--seconds`` bounds a session; the status is 1 where a
check failed, or where ``--rounds`` were too few.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from tests.support.embedded import Embedded, running
from tests.support.servers import postgres_database

LEAST_REQUESTS = 50_000
SECONDS = 900
MOST_ROUNDS = 20
PROCESSORS_A_SESSION = 2
"""One for the platform, and one for who asks it."""
WITHOUT_LIMITS = {f"TRAINYARD_REQUESTS_PER_SECOND_AND_{whom}": "0" for whom in ("KEY", "ORGANIZATION", "ADDRESS")}
NOT_ASKED = "|".join(
    (
        "/stream$",  # has no end
        r"/api-keys/\{",  # would take the key away by which all others are asked
        "/organization/(delete|hand-over|leave)",
        "/members/",
        "/impersonation",
        "/uploads/",  # a protocol of its own, with a media type that schemathesis cannot write
    )
)
"""Paths that a session leaves out, as an expression."""
JSON = "application/vnd.oai.openapi+json"
SCHEMA_SECONDS = 300.0
REQUEST_SECONDS = 60
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 428, 429]
"""
"""An ``If-Match`` that names another revision is refused before the body is looked at (RFC 9110, section 13.2.2)."""
OPERATORS = "^/api/v1/admin/"
LEFT_OUT_CHECK = "positive_data_acceptance"
"""What has a valid shape may still break a rule that no schema can say, such as a split by a column that is missing."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz-api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each session")
    parser.add_argument("--least", type=int, default=LEAST_REQUESTS, help="requests of all sessions together")
    parser.add_argument("--rounds", type=int, default=MOST_ROUNDS, help="that there may be")
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    total, failed = 0, False
    at_once = max(1, (os.cpu_count() or 1) // PROCESSORS_A_SESSION)
    with ThreadPoolExecutor(at_once) as threads:
        for seed in range(given.seed, given.seed + given.rounds):
            for ended in threads.map(partial(asked, seconds=given.seconds, seed=seed), *zip(*sessions(), strict=True)):
                print(ended, flush=True)
                total, failed = total + ended.answers.total(), failed or ended.has_failed
            if failed or total >= given.least:
                break
    print(f"{total:,} requests, at least {given.least:,} are meant.")
    return int(failed or total < given.least)


@dataclass(frozen=True, slots=True)
class Session:
    """``status`` is what schemathesis ended with, ``answers`` how often each status was answered."""

    database: str
    whom: str
    seed: int
    status: int
    answers: Counter[int]

    @property
    def server_errors(self) -> int:
        return sum(count for code, count in self.answers.items() if code >= HTTPStatus.INTERNAL_SERVER_ERROR)

    @property
    def has_failed(self) -> bool:
        return self.status != 0 or self.server_errors > 0

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} × {code}" for code, count in sorted(self.answers.items()))
        about = f"{self.database}, {self.whom}, seed {self.seed}"
        return f"{about}: {self.answers.total():,} requests, {self.server_errors} server errors; {told}"


def sessions() -> list[tuple[str, str]]:
    databases = ["SQLite", *(["PostgreSQL"] if "TEST_POSTGRES_URL" in os.environ else [])]
    return [(database, whom) for database in databases for whom in ("demo", "admin")]


def asked(database: str, whom: str, *, seconds: int, seed: int) -> Session:
    """A session on a platform of its own, whose events are printed as they were told."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = dict(WITHOUT_LIMITS)
        if database == "PostgreSQL":
            settings["TRAINYARD_DATABASE_URL"] = stack.enter_context(postgres_database(is_migrated=True))
        platform = stack.enter_context(running(directory / "data", **settings))
        status, events = session(platform, directory, whom, seconds=seconds, seed=seed)
        return Session(database, whom, seed, status, Counter(status_codes(events)))


def session(platform: Embedded, directory: Path, whom: str, *, seconds: int, seed: int) -> tuple[int, Path]:
    """What schemathesis ended with, and its events, a JSON object a line.

    ``demo`` asks what tenants may, ``admin`` what operators may.
    """
    events = directory / f"{whom}.ndjson"
    base = platform.facts["base_url"]
    paths = (
        ("--include-path-regex", OPERATORS) if whom == "admin" else ("--exclude-path-regex", f"{OPERATORS}|{NOT_ASKED}")
    )
    schema = directory / "schema.json"
    # Schemathesis waits ten seconds for it, which the first answer of a busy machine takes.
    answer = httpx.get(f"{base}/api/schema/", headers={"Accept": JSON}, timeout=SCHEMA_SECONDS).raise_for_status()
    schema.write_bytes(answer.content)
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", str(schema), "--url", base),
        *("--header", f"Authorization: Bearer {platform.facts[f'{whom}_api_key']}", *paths),
        *("--checks", "all", "--exclude-checks", LEFT_OUT_CHECK, "--mode", "all", "--continue-on-failure"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--workers", "2", "--max-time", str(seconds)),
        *("--request-timeout", str(REQUEST_SECONDS)),
        *("--seed", str(seed), "--generation-allow-x00", "true", "--generation-database", "none"),
        *("--report", "ndjson", "--report-ndjson-path", str(events), "--no-color"),
    ]
    (directory / "schemathesis.toml").write_text(CONFIGURATION)
    return subprocess.run(command, cwd=directory, check=False).returncode, events


def status_codes(events: Path) -> Iterator[int]:
    """Of every answer, in the events of a session."""
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            yield from _codes(json.loads(line))


def _codes(event: Any) -> Iterator[int]:
    if isinstance(event, dict):
        if isinstance(event.get("status_code"), int) and "headers" in event:
            yield event["status_code"]
        for value in event.values():
            yield from _codes(value)
    elif isinstance(event, list):
        for value in event:
            yield from _codes(value)


if __name__ == "__main__":
    sys.exit(main())
