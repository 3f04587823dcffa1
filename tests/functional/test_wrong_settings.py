"""A command that is run with wrong settings says in a sentence which one, and ends with a bad status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("command", "settings", "sentence"),
    [
        ("check_history", {}, "trainyard.sqlite3 cannot be used as it is: no such table: jobs_job. Name another by "),
        ("check_history", {"DATABASE_URL": "mysql://u:secret@h/d"}, "TRAINYARD_DATABASE_URL: must start with postgr"),
        ("prepare", {"BLOB_URL": "ftp://h/d"}, "TRAINYARD_BLOB_URL: must start with s3:// or file://."),
        ("prepare", {"DATA_DIR": "/dev/null/data"}, "TRAINYARD_DATA_DIR: /dev/null/data/scratch/uploads cannot be"),
        ("prepare", {"LEASE_SECONDS": "soon"}, "TRAINYARD_LEASE_SECONDS: Input should be a valid number"),
    ],
)
def test_a_command_with_wrong_settings(command: str, settings: dict[str, str], sentence: str, tmp_path: Path) -> None:
    named = {f"TRAINYARD_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), command],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], **named}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {1, 2}
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
