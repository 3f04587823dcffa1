"""The filter of system calls, Landlock, and what a host is found to allow."""

import socket
import sys
from pathlib import Path

import pytest

from tests.support.insider import ROOT, run
from trainyard_common.sandbox import Policy, Sandbox, SandboxKind, SandboxMode, confine
from trainyard_common.sandbox.probing import probe
from trainyard_common.sandbox.seccomp import MACHINES, RETURN, _filter

TRY = """
import ctypes, errno, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    return errno.errorcode[ctypes.get_errno()] if getattr(libc, name)(*arguments) < 0 else "done"
def attempt(step):
    try:
        step()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""


@pytest.mark.parametrize("machine", MACHINES)
def test_no_instruction_skips_past_the_end(machine: str) -> None:
    for internet in (False, True):
        code = _filter(MACHINES[machine], internet=internet)
        jumps = [place + 1 + max(skips) for place, (what, *skips, _) in enumerate(code) if what != RETURN]
        assert max(jumps) < len(code)


def test_calls_of_the_privileged_are_refused(with_namespaces: Sandbox) -> None:
    code = TRY + (
        "print(json.dumps([call('ptrace', 0, 0, 0, 0), call('unshare', 0x10000000), call('setns', 0, 0),"
        "call('chroot', b'/tmp'), attempt(lambda: socket.socket(socket.AF_VSOCK)),"
        "attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)), attempt(lambda: socket.socket())]))"
    )
    assert run(code, Policy(), with_namespaces).value == [*["EPERM"] * 6, "done"]


def test_landlock_opens_what_the_policy_names_alone(with_landlock: Sandbox, tmp_path: Path) -> None:
    for name in ("shown", "hidden", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    code = TRY + (
        "print(json.dumps([attempt(lambda: open(told + '/shown/file').close()),"
        "attempt(lambda: open(told + '/own/file', 'w').close()), attempt(lambda: open(told + '/hidden/file')),"
        "attempt(lambda: open(told + '/shown/file', 'w')), attempt(lambda: os.mkdir(told + '/new'))]))"
    )
    policy = Policy(readable=(tmp_path / "shown",), writable=(tmp_path / "own",))
    assert run(code, policy, with_landlock, told=str(tmp_path)).value == ["done", "done", *["EACCES"] * 3]


def test_landlock_leaves_no_way_out_by_network(with_landlock: Sandbox) -> None:
    code = TRY + "print(json.dumps(attempt(lambda: socket.create_connection(('127.0.0.1', told)).close())))"
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        assert run(code, Policy(), with_landlock, told=port).value == "EPERM"
        assert run(code, Policy(loopback=True), with_landlock, told=port).value == "done"


def test_the_probe_tells_the_strongest_there_is(with_namespaces: Sandbox) -> None:
    code = "from trainyard_common.sandbox.probing import probe; print(probe().as_json())"
    outside = run(code, Policy(), Sandbox())
    assert Sandbox.from_json(outside.stdout) == with_namespaces


def test_the_probe_says_why_there_are_no_namespaces(with_namespaces: Sandbox, with_landlock: Sandbox) -> None:
    # A confined process is on such a host: it may make no namespaces any more.
    code = "from trainyard_common.sandbox.probing import probe; print(probe().as_json())"
    inside = Sandbox.from_json(run(code, Policy(), with_namespaces).stdout)
    assert inside.kind is with_landlock.kind
    assert inside.missing[0].startswith("No namespaces: unshare")
    assert "Operation not permitted" in inside.missing[0]


def test_elsewhere_than_on_linux_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainyard_common.sandbox.kernel.IS_LINUX", False)
    found = probe()
    assert found.kind is SandboxKind.NONE
    assert sys.platform in found.missing[0]
    confine(Policy(), found)


def test_a_sandbox_and_a_policy_travel_as_json() -> None:
    sandbox = Sandbox(SandboxKind.LANDLOCK, None, ("No namespaces: because.",))
    assert Sandbox.from_json(sandbox.as_json()) == sandbox
    policy = Policy(readable=(Path("/a"),), writable=(Path("/b"),), gpus=True, code=(ROOT,))
    assert Policy.from_dict(policy.as_dict()) == policy
    assert [mode.value for mode in SandboxMode] == ["required", "auto", "off"]
