"""What a confined process sees and may do, with namespaces."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.support import insider
from tests.support.insider import run
from tests.support.waiting import wait_for
from trainyard_common.sandbox import Policy, Sandbox

LIST = "import json, os; print(json.dumps(sorted(os.listdir(told))))"
TRY = """
import json
def attempt(step):
    try:
        step()
    except BaseException as error:
        return type(error).__name__
    return "done"
"""


def test_it_sees_what_the_policy_shows_and_no_more(with_namespaces: Sandbox, tmp_path: Path) -> None:
    for name in ("shown", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    seen = run(LIST, Policy(readable=(tmp_path / "shown",)), with_namespaces, told=str(tmp_path))
    assert seen.value == ["shown"]


def test_what_is_readable_cannot_be_written(with_namespaces: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("as it was")
    (tmp_path / "file").chmod(0o666)
    code = TRY + "print(json.dumps(attempt(lambda: open(told, 'w'))))"
    assert run(code, Policy(readable=(tmp_path,)), with_namespaces, told=str(tmp_path / "file")).value == "OSError"
    assert (tmp_path / "file").read_text() == "as it was"


def test_what_is_writable_keeps_what_is_written(with_namespaces: Sandbox, tmp_path: Path) -> None:
    earlier = tmp_path / "checkpoints" / "earlier"
    earlier.parent.mkdir()
    earlier.write_text("by the worker")
    code = "import os; from pathlib import Path; Path(told).unlink(); Path(told).write_text('anew')"
    assert run(code, Policy(writable=(tmp_path,)), with_namespaces, told=str(earlier)).status == 0
    assert earlier.read_text() == "anew"


def test_a_link_is_shown_where_it_was_named(with_namespaces: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "true" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "true")
    policy = Policy(readable=(tmp_path / "link",))
    assert run(LIST, policy, with_namespaces, told=str(tmp_path / "link")).value == ["file"]


def test_it_is_alone_with_its_own_processes(with_namespaces: Sandbox) -> None:
    code = "import json, os; print(json.dumps([os.getpid(), [name for name in os.listdir('/proc') if name.isdigit()]]))"
    assert run(code, Policy(), with_namespaces).value == [1, ["1"]]


def test_it_has_a_loopback_of_its_own(with_namespaces: Sandbox) -> None:
    code = TRY + (
        "import socket\n"
        "own = socket.create_server(('127.0.0.1', 0))\n"
        "print(json.dumps([attempt(lambda: socket.create_connection(own.getsockname()).close()),"
        "attempt(lambda: socket.create_connection(('127.0.0.1', told)))]))"
    )
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        assert run(code, Policy(loopback=True), with_namespaces, told=port).value == ["done", "ConnectionRefusedError"]
        assert run(code, Policy(), with_namespaces, told=port).value == ["OSError"] * 2


def test_it_has_no_privileges_and_gets_none(with_namespaces: Sandbox) -> None:
    code = (
        "import json; status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "names = ('CapEff', 'CapPrm', 'CapBnd', 'CapAmb', 'NoNewPrivs')\n"
        "print(json.dumps({name: int(status[name], 16) for name in names}))"
    )
    assert run(code, Policy(), with_namespaces).value == {
        "CapEff": 0,
        "CapPrm": 0,
        "CapBnd": 0,
        "CapAmb": 0,
        "NoNewPrivs": 1,
    }


@pytest.mark.skipif(insider.OWN_USER is None, reason="only root gives away other users' ids")
def test_root_gives_it_a_user_of_its_own(with_namespaces: Sandbox) -> None:
    code = (
        "import json, os, pwd; print(json.dumps([*os.getresuid(), *os.getgroups(), pwd.getpwuid(os.getuid()).pw_dir]))"
    )
    assert run(code, Policy(), with_namespaces).value == [*[insider.OWN_USER] * 3, "/tmp"]


def test_processes_are_counted(with_namespaces: Sandbox) -> None:
    code = (
        "import json, os, signal\nmade = 0\n"
        "try:\n"
        "    while made < 100:\n"
        "        if os.fork() == 0:\n            signal.pause()\n"
        "        made += 1\n"
        "except BlockingIOError:\n    pass\n"
        "print(json.dumps(made))"
    )
    assert run(code, Policy(processes=20), with_namespaces).value == 19


def test_nothing_it_started_outlives_it(with_namespaces: Sandbox, tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom pathlib import Path\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.chdir(told)\n        Path('up').touch()\n        signal.pause()\n"
        "    os._exit(0)\n"
        "while not Path(told, 'up').exists():\n    pass\n"
    )
    assert run(code, Policy(writable=(tmp_path,)), with_namespaces, told=str(tmp_path)).status == 0
    assert (tmp_path / "up").exists()
    assert not [process for process in psutil.process_iter() if _works_in(process, tmp_path)]


def test_it_dies_with_the_one_who_waits_for_it(with_namespaces: Sandbox, tmp_path: Path) -> None:
    code = "import os, signal\nfrom pathlib import Path\nos.chdir(told)\nPath('up').touch()\nsignal.pause()"
    policy = Policy(writable=(tmp_path,))
    process = subprocess.Popen(
        insider.command(code, policy, with_namespaces, str(tmp_path)),
        env={"PYTHONPATH": str(insider.ROOT / "contracts"), "PATH": os.environ["PATH"]},
    )
    wait_for(lambda: (tmp_path / "up").exists(), seconds=60)
    process.kill()
    process.wait()
    wait_for(lambda: not [each for each in psutil.process_iter() if _works_in(each, tmp_path)], seconds=60)


def test_who_waits_ends_as_it_ends(with_namespaces: Sandbox) -> None:
    assert run("import os; os._exit(7)", Policy(), with_namespaces).status == 7
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL) if os.fork() else signal.pause()"
    broken = "import ctypes; ctypes.string_at(0)"
    assert run(broken, Policy(), with_namespaces).status == 128 + signal.SIGSEGV
    assert run(killed, Policy(), with_namespaces).status == 0  # The first process is its namespace's init.


def test_a_missing_path_is_told(with_namespaces: Sandbox, tmp_path: Path) -> None:
    done = run("print('at large')", Policy(readable=(tmp_path / "nowhere",)), with_namespaces)
    assert done.status != 0
    assert "at large" not in done.stdout
    assert "nowhere" in done.stderr


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(directory)
    except psutil.Error:
        return False
