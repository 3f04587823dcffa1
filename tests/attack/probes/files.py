"""Files: of the platform, of other tenants, of the host, and its own inputs."""

import os
from pathlib import Path

from tests.attack.probes import Nothing, Told, probe

SECRETS = (
    "worker credential", "operator credentials", "secret key", "database", "blob of another tenant",
    "dataset cached for another tenant", "model cached for another tenant", "attempt of another tenant",
    "platform's log", "file in the home directory", "shared memory of another process",
)  # fmt: skip


def _read(path: str) -> bytes:
    got = Path(path).read_bytes()
    if not got:
        raise Nothing(path)
    return got[:40]


def _reader(name: str) -> None:
    @probe(f"read: {name}", harmless=True)
    def read(told: Told) -> object:
        return _read(told["secrets"][name])

    @probe(f"read by a link in scratch: {name}", harmless=True)
    def read_by_link(told: Told) -> object:
        link = Path(told["scratch"], f"link-{os.getpid()}")
        link.symlink_to(told["secrets"][name])
        try:
            return _read(str(link))
        finally:
            link.unlink()

    @probe(f"write: {name}")
    def write(told: Told) -> object:
        with Path(told["secrets"][name]).open("r+b") as file:
            return file.write(b"!")


for secret in SECRETS:
    _reader(secret)


@probe("read by a relative path out of the working directory", harmless=True)
def relative(told: Told) -> object:
    return _read("/".join([".."] * 40) + told["secrets"]["worker credential"])


@probe("read through /proc/1/root")
def through_init(told: Told) -> object:
    return _read("/proc/1/root" + told["secrets"]["worker credential"])


@probe("read through the root of the worker's process", harmless=True)
def through_victim(told: Told) -> object:
    return _read(f"/proc/{told['victim']}/root" + told["secrets"]["worker credential"])


@probe("read through a descriptor left open")
def through_descriptor(told: Told) -> object:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        behind = Path(f"{descriptor}{told['secrets']['worker credential']}")
        if int(descriptor.name) > 2 and behind.exists():
            found.append(behind)
    if not found:
        raise Nothing("no directory is open")
    return found


def _lister(directory: str) -> None:
    @probe(f"list {directory}", harmless=True)
    def list_it(_told: Told) -> object:
        return [path.name for path in Path(directory).iterdir()]


for directory in ("/var", "/run", "/home", "/boot", "/etc/ssl", "/mnt"):
    if Path(directory).is_dir():
        _lister(directory)


@probe("list attempts of other tenants", harmless=True)
def list_attempts(told: Told) -> object:
    return next(path for path in Path(told["attempts"]).iterdir() if path.name == told["other attempt"])


@probe("read the host's users", harmless=True)
def users(_told: Told) -> object:
    found = [line for line in Path("/etc/passwd").read_text().splitlines() if line.startswith("root:")]
    return found[0]


@probe("read the host's password hashes")
def shadow(_told: Told) -> object:
    return _read("/etc/shadow")[:4]


@probe("write its own inputs")
def poison(told: Told) -> object:
    with Path(told["input"]).open("r+b") as file:
        return file.write(b"!")


@probe("make its own inputs writable")
def chmod_input(told: Told) -> object:
    return Path(told["input"]).chmod(0o666)


@probe("remove its own inputs")
def unlink_input(told: Told) -> object:
    return Path(told["input"]).unlink()


@probe("write what the worker knows of the attempt")
def forge(told: Told) -> object:
    return Path(told["directory"], "forged").write_text("!")


@probe("link its inputs into scratch")
def hard_link(told: Told) -> object:
    return os.link(told["input"], Path(told["scratch"], "linked"))


@probe("put something in place of its output directory")
def replace_output(told: Told) -> object:
    return Path(told["scratch"]).rename(told["scratch"] + "-aside")


@probe("write the interpreter's libraries")
def libraries(_told: Told) -> object:
    return Path(os.__file__).with_name("planted.py").write_text("")


@probe("write the engine's code")
def engine(told: Told) -> object:
    return Path(told["engine"], "planted.py").write_text("")


def _writer(directory: str) -> None:
    @probe(f"write to {directory}")
    def write_to(_told: Told) -> object:
        return Path(directory, "planted").write_text("")


for directory in ("/", "/usr", "/etc", "/var/tmp", "/sys/fs/cgroup"):
    _writer(directory)


def _opener(device: str) -> None:
    @probe(f"open {device}")
    def open_it(_told: Told) -> object:
        return os.open(device, os.O_RDWR)


for device in ("/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/tty", "/dev/ptmx", "/dev/fuse", "/dev/kvm"):
    _opener(device)


@probe("make a device and open it")
def make_device(told: Told) -> object:
    node = Path(told["scratch"], "device")
    os.mknod(node, 0o600 | 0o060000, os.makedev(254, 0))
    return os.open(node, os.O_RDONLY)
