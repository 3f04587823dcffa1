"""``forkserver``, ``predict``, and ``train`` and ``profile``, which do what the script in their spec says."""

import array
import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from threading import Event
from typing import Any, NoReturn


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def entries(directory: Path, contents: dict[str, bytes]) -> list[dict[str, Any]]:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    ]


def checkpoint(out: Path, step: int) -> None:
    root = out / "checkpoints"
    directory = root / f"step-{step:010d}"
    files = entries(directory, {"weights.safetensors": b"w%d" % step, "manifest.json": b"{}"})
    for old in sorted(root.iterdir())[:-2]:
        shutil.rmtree(old)
    say(type="checkpoint", step=step, epoch=0, directory=str(directory), files=files, trained_seconds=step / 10)


def finish(out: Path, step: int) -> NoReturn:
    files = entries(out, {"model.safetensors": b"model", "config.json": b"{}", "manifest.json": b"{}"})
    say(
        type="result", step=step, epoch=1, test_metrics={"accuracy": 1.0}, val_metrics={}, parameters=1,
        samples_per_second=1.0, weights_sha256=files[0]["sha256"], trained_seconds=step / 10, files=files,
    )  # fmt: skip
    sys.exit(0)


def stop(out: Path, step: int) -> NoReturn:
    checkpoint(out, step)
    say(type="stopped", step=step, trained_seconds=step / 10)
    sys.exit(3)


class Training:
    """Each method is an action of a script, ``{"name": argument, …}``."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.pid = os.getpid()
        self.step = 0
        self.stop_asked = False
        signal.signal(signal.SIGTERM, self.ask_to_stop)

    def ask_to_stop(self, *_: object) -> None:
        self.stop_asked = True

    def say(self, message: dict[str, Any]) -> None:
        self.step = message.get("step", self.step)
        say(**message)

    def print(self, text: str) -> None:
        print(text, flush=True)

    def complain(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def checkpoint(self, step: int) -> None:
        self.step = step
        checkpoint(self.out, step)

    def wait_for(self, path: str) -> None:
        pause = Event()
        while not Path(path).exists():
            if self.stop_asked:
                stop(self.out, self.step)
            pause.wait(0.005)

    def look(self, path: str) -> None:
        files = sorted(str(found) for found in Path().rglob("*"))
        about = {"arguments": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}
        seen = {**about, "files": files, "directory": str(Path.cwd())}
        part = Path(f"{path}.part")
        part.write_text(json.dumps(seen))
        part.rename(path)

    def litter(self, megabytes: int) -> None:
        """Files of a page each."""
        for number in range(megabytes * 256):
            (self.out / str(number)).write_bytes(b"x" * 4096)

    def hoard(self, megabytes: int) -> None:
        """Four processes that hold so much each, until the first of them is killed."""
        alive, held_by_first = os.pipe()
        children = [os.fork() for _ in range(3) if os.getpid() == self.pid]
        self.held = bytearray(b"x") * (megabytes * 2**20)
        if os.getpid() == self.pid:
            signal.pause()
        os.close(held_by_first)
        os.read(alive, 1)
        os._exit(len(children))

    def finish(self, step: int) -> None:
        finish(self.out, step)

    def exit(self, status: int) -> None:
        sys.exit(status)

    def ignore(self, number: int) -> None:
        signal.signal(number, signal.SIG_IGN)

    def kill(self, number: int) -> None:
        os.kill(os.getpid(), number)


def train(spec: Path, out: Path) -> NoReturn:
    training = Training(out)
    for action in json.loads(spec.read_text())["script"]:
        for name, argument in action.items():
            getattr(training, name)(argument)
    sys.exit(0)


def predict(model: Path, requests: Path) -> NoReturn:
    """Each answer says how many requests this process has had."""
    content = (model / "m").read_text()
    with requests.open() as lines:
        for count, line in enumerate(lines, start=1):
            answer(json.loads(line)["inputs"], content, count)
    sys.exit(0)


def answer(rows: list[Any], model: str, count: int) -> None:
    if rows == ["hang"]:
        signal.pause()
    if rows == ["crash"]:
        os.kill(os.getpid(), signal.SIGSEGV)
    if rows == ["bad"]:
        say(type="failed", fault="user", code="bad_input", message="That is no row.")
        return
    warnings = [{"code": "unknown_category", "message": "Nobody knows it.", "column": "plan"}]
    beside = {"warnings": warnings} if rows == ["unknown"] else {}
    told = {"pid": os.getpid(), "count": count} if rows == ["who"] else {}
    say(type="predictions", predictions=[{"value": row, "model": model, **beside, **told} for row in rows])
    if rows == ["last"]:
        sys.exit(0)


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class ForkServerClient:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.pids: dict[str, int] = {}

    def serve(self) -> None:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.connection.settimeout(0.01)
        while True:
            self.reap()
            try:
                datagram, ancillary, _, _ = self.connection.recvmsg(1 << 18, 1024)
            except TimeoutError:
                continue
            if not datagram:
                break
            descriptors = array.array("i", b"".join(data for _, _, data in ancillary))
            self.handle(json.loads(datagram), *descriptors)
        for pid in self.pids.values():
            os.kill(pid, signal.SIGKILL)

    def handle(self, request: dict[str, Any], *descriptors: int) -> None:
        match request:
            case {"start": {"key": key} as start}:
                pid = os.fork()
                if pid == 0:
                    die_with_parent()
                    os.setsid()
                    for target, source in zip((1, 2), descriptors, strict=True):
                        os.dup2(source, target)
                    os.closerange(3, 256)
                    os.chdir(start["directory"])
                    os.execve(sys.executable, [sys.executable, __file__, *start["arguments"]], start["environment"])
                self.pids[key] = pid
                self.connection.send(json.dumps({"started": {"key": key, "pid": pid}}).encode())
            case {"signal": {"key": key, "number": number}} if key in self.pids:
                os.kill(self.pids[key], number)
        for descriptor in descriptors:
            os.close(descriptor)

    def reap(self) -> None:
        for key, pid in list(self.pids.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                del self.pids[key]
                exited = {"key": key, "pid": pid, "status": os.waitstatus_to_exitcode(status)}
                self.connection.send(json.dumps({"exited": exited}).encode())


def main() -> None:
    command, *rest = sys.argv[1:]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    match command:
        case "forkserver":
            ForkServerClient(socket.socket(fileno=int(options["--socket-fd"]))).serve()
        case "train" | "profile":
            train(Path(options["--spec"]), Path(options["--out"]))
        case "predict":
            predict(Path(options["--model"]), Path(options["--requests"]))


if __name__ == "__main__":
    main()
