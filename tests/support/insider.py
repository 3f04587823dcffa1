"""Runs a few lines of Python as a confined process, and tells what they printed: for tests of the sandbox."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainyard_common.sandbox import Policy, Sandbox, SandboxKind
from trainyard_common.sandbox.probing import USER

ROOT = Path(__file__).parents[2]
OWN_USER = USER if os.geteuid() == 0 else None
NAMESPACES = Sandbox(SandboxKind.NAMESPACES, OWN_USER)
LANDLOCK = Sandbox(SandboxKind.LANDLOCK)

RUN = """
import json, os, sys
from trainyard_common.sandbox import SandboxKind, Policy, Sandbox, confine, enter, fork
given = json.loads(sys.argv[1])
sandbox, policy = Sandbox.from_json(given["sandbox"]), Policy.from_dict(given["policy"])
if sandbox.kind is SandboxKind.NAMESPACES:
    enter(sandbox.user)
    if (pid := fork()) != 0:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
confine(policy, sandbox)
exec(given["code"], {"told": given["told"]})
sys.stdout.flush()
os._exit(0)
"""


@dataclass(frozen=True)
class Ended:
    status: int
    stdout: str
    stderr: str

    @property
    def value(self) -> Any:
        """What was printed, as JSON."""
        assert self.status == 0, self
        return json.loads(self.stdout)


def command(code: str, policy: Policy, sandbox: Sandbox, told: Any = None) -> list[str]:
    given = {"sandbox": sandbox.as_json(), "policy": policy.as_dict(), "code": code, "told": told}
    return [sys.executable, "-P", "-c", RUN, json.dumps(given)]


def run(code: str, policy: Policy, sandbox: Sandbox, *, told: Any = None) -> Ended:
    """``code`` finds ``told`` under that name."""
    environment = {"PYTHONPATH": str(ROOT / "contracts"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        command(code, policy, sandbox, told), env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return Ended(done.returncode, done.stdout, done.stderr)
