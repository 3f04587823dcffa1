"""A command that is run with wrong settings says in a sentence which one, and ends with a bad status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.migrated import lay_migrated_database

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("command", "settings", "sentence"),
    [
        ("check_history", {}, "trainyard.sqlite3 cannot be used as it is: no such table: jobs_job. Name another by "),
        # Set to nothing is not set: what hands variables on hands on those that nobody has set, too.
        (
            "check_history",
            {"LEASE_SECONDS": "", "TEST_CLOCK": ""},
            "trainyard.sqlite3 cannot be used as it is: no such",
        ),
        ("check_history", {"DATABASE_URL": "mysql://u:secret@h/d"}, "TRAINYARD_DATABASE_URL: must start with postgr"),
        ("prepare", {"BLOB_URL": "ftp://h/d"}, "TRAINYARD_BLOB_URL: must start with s3:// or file://."),
        ("prepare", {"DATA_DIR": "/dev/null/data"}, "TRAINYARD_DATA_DIR: /dev/null/data/scratch/uploads cannot be"),
        ("prepare", {"TRUSTED_PROXIES": "10.0.0.0/8,proxy"}, "TRAINYARD_TRUSTED_PROXIES: proxy is neither an address"),
        ("prepare", {"TRUSTED_PROXIES": "10.0.0.1/8"}, "TRAINYARD_TRUSTED_PROXIES: 10.0.0.1/8 is neither an address"),
        ("prepare", {"CACHE_URL": "memcached://h"}, "TRAINYARD_CACHE_URL: must start with redis:// or rediss:// or un"),
        ("prepare", {"BODY_SECONDS": "0"}, "TRAINYARD_BODY_SECONDS: Input should be greater than 0."),
        ("prepare", {"MAX_BYTES_IN_FLIGHT": "1"}, "max_bytes_in_flight must be at least max_upload_bytes"),
        ("prepare", {"PAYMENTS": "stripe"}, "TRAINYARD_PAYMENTS=stripe needs TRAINYARD_STRIPE_SECRET_KEY and TRAINYA"),
        ("prepare", {"STRIPE_SECRET_KEY": "sk_1"}, "TRAINYARD_STRIPE_WEBHOOK_SECRET go together: both or neither."),
        ("prepare", {"STRIPE_API_BASE": "h"}, "TRAINYARD_STRIPE_API_BASE: must be https://HOST or http://HOST:PORT."),
        (
            "up --port 0",
            {"SANDBOX": "maybe"},
            "Cannot start: TRAINYARD_SANDBOX: Input should be 'required', 'auto' or 'off'.",
        ),
        (
            "up --port 0",
            {"LEASE_SECONDS": "soon"},
            "Cannot start: TRAINYARD_LEASE_SECONDS: Input should be a valid number",
        ),
        ("prepare", {"LEASE_SECONDS": "soon"}, "TRAINYARD_LEASE_SECONDS: Input should be a valid number"),
    ],
)
def test_a_command_with_wrong_settings(command: str, settings: dict[str, str], sentence: str, tmp_path: Path) -> None:
    named = {f"TRAINYARD_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), *command.split()],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], **named}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {1, 2}
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_server_does_not_start_in_another_currency_than_that_of_its_books(tmp_path: Path) -> None:
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / root) for root in ("platform", "contracts")),
        "TRAINYARD_SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "TRAINYARD_DATA_DIR": str(tmp_path),
        "TRAINYARD_REDIS_URL": f"unix://{tmp_path}/no-redis.sock",
    }

    def run(*command: str, **changed: str) -> subprocess.CompletedProcess[str]:
        environment = settings | changed
        return subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=240
        )

    lay_migrated_database(tmp_path)
    assert run(str(REPOSITORY / "manage.py"), "bootstrap_embedded").returncode == 0
    control = ("-m", "celery", "-A", "trainyard.config.celery", "worker", "-Q", "control", "-P", "threads", "-c", "1")
    for server in (("-m", "trainyard.config.web", "--port", "0"), control):
        done = run(*server, TRAINYARD_CURRENCY="EUR")
        assert done.returncode != 0
        sentence = "TRAINYARD_CURRENCY is EUR, but the books of this platform are kept in USD. Set it to USD again"
        assert sentence in done.stderr
