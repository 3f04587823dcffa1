"""``make fuzz-api``: schemathesis asks a platform of its own everything that the schema describes, and what it forbids.

SQLite first, then PostgreSQL where there is one (``TEST_POSTGRES_URL``). ``--seconds`` bounds each session, and
``--least`` says how many requests both together must have been; the status is 1 where a check failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.support.embedded import Embedded, running

LEAST_REQUESTS = 50_000
SECONDS = 2_700
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
OPERATORS = "^/api/v1/admin/"
LEFT_OUT_CHECK = "positive_data_acceptance"
"""What has a valid shape may still break a rule that no schema can say, such as a split by a column that is missing."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz-api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each session")
    parser.add_argument("--least", type=int, default=LEAST_REQUESTS, help="requests of all sessions together")
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    total, failed = 0, False
    for name, settings in databases():
        for whom, status, answers in asked(settings, seconds=given.seconds, seed=given.seed):
            total += answers.total()
            server_errors = sum(count for code, count in answers.items() if code >= 500)
            failed = failed or status != 0 or server_errors > 0
            told = ", ".join(f"{count:,} × {code}" for code, count in sorted(answers.items()))
            print(f"{name}, {whom}: {answers.total():,} requests, {server_errors} server errors; {told}")
    print(f"{total:,} requests, at least {given.least:,} are meant.")
    return int(failed or total < given.least)


def asked(settings: dict[str, str], *, seconds: int, seed: int) -> Iterator[tuple[str, int, Counter[int]]]:
    """Who asked, what schemathesis ended with, and how often each status was answered, on a platform of their own."""
    with (
        tempfile.TemporaryDirectory() as directory,
        running(Path(directory) / "data", **WITHOUT_LIMITS, **settings) as platform,
    ):
        for whom in ("demo", "admin"):
            status, events = session(platform, Path(directory), whom, seconds=seconds, seed=seed)
            yield whom, status, Counter(status_codes(events))


def databases() -> Iterator[tuple[str, dict[str, str]]]:
    yield "SQLite", {}
    url = os.environ.get("TEST_DATABASE_URL", "")
    if url.startswith("postgresql"):
        yield "PostgreSQL", {"TRAINYARD_DATABASE_URL": url}


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
        *("--seed", str(seed), "--generation-allow-x00", "true", "--generation-database", "none"),
        *("--report", "ndjson", "--report-ndjson-path", str(events), "--no-color"),
    ]
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
