"""One JSON line per event on standard error, whoever logs it, in a process of its own."""

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from trainyard_common.logs import configure_logs

configure_logs("info", quiet=("chatty",))
structlog.get_logger("ours").info("job.started", job="job_1")
structlog.get_logger("ours").debug("never.written")
logging.getLogger("chatty").info("each call")
logging.getLogger("chatty").warning("told by %s", "a library")
try:
    raise ValueError("why")
except ValueError:
    logging.getLogger("theirs").exception("it failed")
"""


def test_our_lines_and_a_librarys_have_one_form() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    ours, told, failed = (json.loads(line) for line in ended.stderr.splitlines())
    assert (ours["action"], ours["job"], ours["logger"], ours["level"]) == ("job.started", "job_1", "ours", "info")
    assert (told["action"], told["logger"], told["level"]) == ("told by a library", "chatty", "warning")
    assert failed["exception"].endswith("ValueError: why")
    assert all(line["timestamp"].endswith("Z") for line in (ours, told, failed))
    assert ended.stdout == ""
