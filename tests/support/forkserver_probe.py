"""A forkserver whose one command says what it was started with: for tests of the forkserver itself.

Run with the socket's number as its only argument.
"""

import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from trainyard_engine import cli
from trainyard_engine.cli.forkserver import ForkServer


def probe(arguments: list[str]) -> int:
    """Reports on this process; then exits, waits for ever or crashes as ``arguments`` say."""
    report = {
        "environment": dict(os.environ),
        "directory": str(Path.cwd()),
        "descriptors": sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()),
        "stdin": str(Path("/proc/self/fd/0").readlink()),
        "leads_session": os.getsid(0) == os.getpid(),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "interrupt_is_default": signal.getsignal(signal.SIGINT) is signal.SIG_DFL,
        "threads": len(list(Path("/proc/self/task").iterdir())),
    }
    print(json.dumps(report), flush=True)
    match arguments:
        case ["exit", status]:
            return int(status)
        case ["raise"]:
            raise RuntimeError("the command broke")
        case ["grandchild"]:
            if os.fork() == 0:
                signal.pause()
            return 0
        case _:
            signal.pause()
            return 0


if __name__ == "__main__":
    cli.run = probe
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        ForkServer(connection).serve()
