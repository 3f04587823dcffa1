"""The worker's settings, from environment variables that start with ``TRAINYARD_WORKER_``."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from trainyard_common.sandbox import SandboxMode
from trainyard_spec.pretrained_models import BaseModelFacts, longest_context, tasks_of
from trainyard_worker.registered_models import base_model_facts
from trainyard_worker.watchdog import WatchdogLimits

ENVIRONMENT_PREFIX = "TRAINYARD_WORKER_"
SANDBOX_VARIABLE = "TRAINYARD_SANDBOX"
"""The same for the control plane, whose processes compile."""
BROKER_SCHEMES = ("redis", "rediss", "redis+socket")

GIBIBYTE = 2**30


class InvalidSettings(Exception):
    """The environment is invalid; the message has one line per variable with the reason."""


class WorkerSettings(BaseSettings):
    """Durations are seconds.

    ``slots``, ``threads_per_slot`` and ``slot_disk_bytes`` of ``None`` depend on the hardware. A training session
    without work for ``session_idle_seconds`` releases its slot. Files that were not used for ``cache_seconds`` are
    deleted, because their owner may have deleted them. With less than ``min_free_bytes`` left on the disk of
    ``state_dir`` the worker claims no attempt.
    """

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, env_ignore_empty=True, frozen=True)

    control_plane_url: AnyHttpUrl
    broker_url: SecretStr
    enrolment_token: SecretStr | None = None
    name: str = Field(default_factory=gethostname, min_length=1, max_length=120)
    state_dir: Path
    slots: int | None = Field(default=None, ge=1, le=64)
    slot_kind: Literal["auto", "cpu", "cuda"] = "auto"
    threads_per_slot: int | None = Field(default=None, ge=1)
    poll_seconds: float = Field(default=5.0, gt=0)
    report_seconds: float = Field(default=0.5, gt=0)
    stop_grace_seconds: float = Field(default=8.0, ge=0)
    start_seconds: float = Field(default=1800.0, gt=0)
    session_idle_seconds: float = Field(default=15.0, ge=0)
    hang_factor: float = Field(default=5.0, ge=1)
    hang_floor_seconds: float = Field(default=600.0, gt=0)
    stop_seconds: float = Field(default=120.0, gt=0)
    dataset_cache_bytes: int = Field(default=50 * GIBIBYTE, ge=0)
    model_cache_bytes: int = Field(default=5 * GIBIBYTE, ge=0)
    cache_seconds: float = Field(default=6 * 3600.0, gt=0)
    min_free_bytes: int = Field(default=GIBIBYTE // 4, ge=0)
    slot_disk_bytes: int | None = Field(default=None, ge=2**20)
    pretrained_models: Path | None = None
    python: Path = Path(sys.executable)
    sandbox: SandboxMode = Field(default=SandboxMode.AUTO, validation_alias=SANDBOX_VARIABLE)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def watchdog_limits(self) -> WatchdogLimits:
        """With engines that are silent."""
        return WatchdogLimits(
            start_seconds=self.start_seconds,
            factor=self.hang_factor,
            floor_seconds=self.hang_floor_seconds,
            stop_seconds=self.stop_seconds,
        )

    @property
    def pretrained_names(self) -> tuple[str, ...]:
        """Of the registered models that can learn, in order. An unreadable one may be right: the engine will tell."""
        return tuple(name for name, config in self._registered_models() if config is None or tasks_of(config))

    @property
    def refused_names(self) -> tuple[str, ...]:
        """Names of the registered models that cannot learn, in order: no architecture trains networks of their kind."""
        return tuple(name for name, config in self._registered_models() if config is not None and not tasks_of(config))

    @property
    def pretrained_tasks(self) -> dict[str, tuple[str, ...]]:
        """What each registered model can learn, by name, where its configuration tells."""
        found = {name: tasks_of(config) for name, config in self._registered_models()}
        return {name: tasks for name, tasks in found.items() if tasks}

    @property
    def language_models(self) -> dict[str, int]:
        """The longest context of each registered causal language model, by name."""
        contexts = {name: longest_context(config) for name, config in self._registered_models()}
        return {name: longest for name, longest in contexts.items() if longest is not None}

    @property
    def base_models(self) -> dict[str, BaseModelFacts]:
        """What is known of the weights of each registered causal language model, by name."""
        directories = sorted(self.pretrained_models.iterdir()) if self.pretrained_models else ()
        found = {directory.name: base_model_facts(directory) for directory in directories}
        return {name: facts for name, facts in found.items() if facts is not None}

    def _registered_models(self) -> Iterator[tuple[str, Any]]:
        """Names of the directories that hold a configuration, with what it holds; None where it is unreadable."""
        for path in sorted(self.pretrained_models.glob("*/config.json")) if self.pretrained_models else ():
            try:
                yield path.parent.name, json.loads(path.read_bytes())
            except (OSError, ValueError):
                yield path.parent.name, None

    @field_validator("broker_url")
    @classmethod
    def _names_a_redis(cls, url: SecretStr) -> SecretStr:
        if urlsplit(url.get_secret_value()).scheme not in BROKER_SCHEMES:
            raise ValueError(f"the broker is a Redis, so its URL starts with {' or '.join(BROKER_SCHEMES)}")
        return url

    @field_validator("state_dir")
    @classmethod
    def _is_absolute(cls, directory: Path) -> Path:
        return directory.absolute()

    @field_validator("pretrained_models")
    @classmethod
    def _is_a_directory(cls, directory: Path | None) -> Path | None:
        if directory is not None and not directory.is_dir():
            raise ValueError(f"{directory} is not a directory")
        return directory.absolute() if directory else None

    @field_validator("python")
    @classmethod
    def _is_executable(cls, python: Path) -> Path:
        if not os.access(python, os.X_OK):
            raise ValueError(f"{python} is not an executable file")
        return python


def load_settings() -> WorkerSettings:
    """Reads the environment. Raises ``InvalidSettings`` with a sentence for every variable at fault."""
    try:
        return WorkerSettings()
    except ValidationError as error:
        raise InvalidSettings("\n".join(_sentence(item["loc"], item["msg"]) for item in error.errors())) from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = "_".join(str(part) for part in location).upper()
    variable = name if name == SANDBOX_VARIABLE else ENVIRONMENT_PREFIX + name
    reason = message.removeprefix("Value error, ")
    return f"{variable}: {'it is not set' if reason == 'Field required' else reason}."
