"""``python -m trainyard_worker.health``: exits with 0 while the worker's heartbeats are answered."""

import os
import sys
import time
from pathlib import Path

from trainyard_worker.settings import ENVIRONMENT_PREFIX
from trainyard_worker.state_dir import heartbeat_file

HEALTHY_SECONDS = 60


def main() -> int:
    """Returns 0 when a heartbeat was answered within the last minute, else 1 with a sentence."""
    heard = heartbeat_file(Path(os.environ[f"{ENVIRONMENT_PREFIX}STATE_DIR"]))
    silent = time.time() - heard.stat().st_mtime if heard.exists() else float("inf")
    if silent <= HEALTHY_SECONDS:
        return 0
    sys.stderr.write("The control plane has not answered this worker's heartbeats within the last minute.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
