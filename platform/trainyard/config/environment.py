"""Settings as typed environment variables, checked at start. Every name begins with ``TRAINYARD_``."""

import secrets
import sys
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from trainyard.config.account_settings import AccountSettings, SignUp
from trainyard.config.import_settings import ImportSettings
from trainyard.config.payment_settings import PaymentSettings
from trainyard.config.private_files import make_private
from trainyard.config.setting_formats import SCHEMES, decoded_keys
from trainyard_common.sandbox import SandboxMode


class Environment(AccountSettings, ImportSettings, PaymentSettings):
    """What a deployment may set; the defaults run the embedded platform on this host."""

    model_config = SettingsConfigDict(env_prefix="TRAINYARD_", env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path(".data"), description="Directory of the embedded database, blobs and scratch.")
    secret_key: str = Field(
        default="", description="Signs sessions; at least 32 characters. Servers refuse to start without it."
    )
    debug: bool = False
    database_url: str = Field(default="", description="sqlite:///PATH or postgresql://…; empty: SQLite in data_dir.")
    application_database_url: str = Field(
        default="",
        description="For prepare alone: how the other processes log in to PostgreSQL. The role is made, and may only "
        "read and write rows.",
    )
    database_connections: int = Field(
        default=16, ge=2, le=1_000, description="Connections to PostgreSQL, and requests at work, of one web process."
    )
    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        description="The broker, as a user who may set users: redis://… or unix://PATH.",
    )
    cache_url: str = Field(default="", description="Another Redis for counters that expire; empty: the broker's.")
    blob_url: str = Field(
        default="", description="file:///DIR or s3://BUCKET[/PREFIX]; empty: a directory in data_dir."
    )
    s3_endpoint_url: str | None = Field(default=None, description="For S3-compatible stores; AWS needs none.")
    s3_public_endpoint_url: str | None = Field(
        default=None, description="Where clients and workers reach such a store; empty: its files go through the web."
    )
    master_keys: str = Field(
        default="",
        description="Keys that wrap the organizations' keys to their files: 32 bytes in base64, several separated by "
        "commas; the first wraps, the others still unwrap. Without any, files are stored as they are.",
    )
    master_key_file: Path | None = Field(
        default=None, description="A file with such keys, one a line, readable by its owner alone."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "localhost", "[::1]")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Where browsers and clients reach the web.")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    test_clock: bool = Field(
        default=False, description="Lets operators move billing's calendar ahead, to try months. Never where it counts."
    )
    share_half_life_seconds: float = Field(
        default=21_600, gt=0, description="How soon half of an organization's use of a pool is forgotten."
    )
    priority_ageing_seconds: float = Field(
        default=600, ge=1, le=86_400, description="Waiting time that counts as much as one point of priority."
    )
    starvation_seconds: float = Field(
        default=3_600, gt=0, description="An organization that waits so long without a slot goes before all others."
    )
    minimum_runtime_seconds: float = Field(default=600, ge=0, description="No job is preempted sooner.")
    max_queued_jobs: int = Field(
        default=1_000, gt=0, description="Queued jobs of an organization in a pool, unless its quota says otherwise."
    )
    heartbeat_seconds: float = Field(default=10, gt=0)
    lease_seconds: float = Field(default=60, gt=0)
    silent_seconds: float = Field(
        default=90, gt=0, description="A control worker that hears nothing for so long ends, to be started anew."
    )
    prediction_seconds: float = Field(
        default=30, gt=0, le=600, description="A prediction that has no answer after so long fails."
    )
    generation_seconds: float = Field(
        default=300, gt=0, le=3_600, description="A language model's answer that is not whole after so long fails."
    )
    requests_per_second_and_key: float = Field(
        default=50, ge=0, description="Which a key or a person may make for long, twenty times as many at once; 0: any."
    )
    requests_per_second_and_organization: float = Field(
        default=100, ge=0, description="Likewise all callers of an organization."
    )
    requests_per_second_and_address: float = Field(default=100, ge=0, description="Likewise all callers at an address.")
    max_waiting_predictions: int = Field(
        default=32, ge=1, description="Predictions of an organization that wait for an answer; more are a 429."
    )
    streams_per_caller: int = Field(
        default=20, ge=1, description="Streams of jobs that a key or a person holds open at one web process."
    )
    streams_per_organization: int = Field(default=100, ge=1, description="Likewise all callers of an organization.")
    quarantine_tenants: int = Field(
        default=3, gt=0, description="A worker on which jobs of so many tenants fail within an hour is quarantined."
    )
    max_upload_bytes: int = Field(default=20 * 2**30, gt=0)
    max_bytes_in_flight: int = Field(
        default=0, ge=0, description="Of uploads of one organization in one web process; 0: twice max_upload_bytes."
    )
    max_stored_bytes: int = Field(
        default=2**40, gt=0, description="Of uploaded files of one organization, unless it has a limit of its own."
    )
    header_seconds: float = Field(default=20, gt=0, description="Time for the head of a request.")
    body_seconds: float = Field(
        default=30, gt=0, description="Time for a request's body, besides a second for each KiB that came."
    )
    operator_second_factor: Literal["auto", "required", "optional"] = Field(
        default="auto", description="Whether operators log in with one. auto: required where public_url is https."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    outbound_allowed_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Networks that are not public, to which webhooks and imports may yet go; also by http.",
    )
    webhook_seconds: float = Field(default=10, gt=0, le=60, description="Time for one delivery of a webhook.")
    webhook_deliveries_at_once: int = Field(
        default=64, ge=1, le=1_000, description="Deliveries that one control worker makes at the same time."
    )
    compile_memory_bytes: int = Field(default=4 * 2**30, gt=0, description="Address space of one dataset validation.")
    compile_seconds: int = Field(default=3600, gt=0, description="Time limit of one dataset validation.")
    validation_slots: int = Field(default=2, ge=1, le=64, description="Uploads that a control worker checks at once.")
    validations_per_organization: int = Field(
        default=1, ge=1, le=64, description="Uploads of one organization that are checked at once."
    )
    sandbox: SandboxMode = Field(
        default=SandboxMode.AUTO,
        description="Confines what reads uploads. required: or do not start; auto: as well as the host can; off: no.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("allowed_hosts", "trusted_proxies", "outbound_allowed_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url", "application_database_url", "redis_url", "cache_url", "blob_url")
    @classmethod
    def _names_a_known_kind(cls, value: str, info: ValidationInfo) -> str:
        schemes = SCHEMES[info.field_name or ""]
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    @field_validator("trusted_proxies", "outbound_allowed_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(f"{network} is neither an address nor a network such as 10.0.0.0/8") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @model_validator(mode="after")
    def _imports_read_no_blobs(self) -> Self:
        own = urlsplit(self.blob_url)
        if own.scheme == "s3" and any(urlsplit(each)[:2] == ("s3", own.netloc) for each in self.import_sources):
            raise ValueError(
                "import_sources must not name the bucket of blob_url, which holds every organization's files"
            )
        return self

    @model_validator(mode="after")
    def _lease_outlives_heartbeats(self) -> Self:
        if self.lease_seconds < 2 * self.heartbeat_seconds:
            raise ValueError("lease_seconds must be at least twice heartbeat_seconds, or a late heartbeat loses a job")
        return self

    @model_validator(mode="after")
    def _uploads_fit_in_flight(self) -> Self:
        if self.max_bytes_in_flight and self.max_bytes_in_flight < self.max_upload_bytes:
            raise ValueError(
                "max_bytes_in_flight must be at least max_upload_bytes, or no large upload could ever come"
            )
        return self

    @property
    def requires_second_factor(self) -> bool:
        """Whether everybody who acts as an operator in a browser needs a second factor; who has one always does."""
        return self.operator_second_factor == "required" or (self.operator_second_factor == "auto" and self.is_public)

    @property
    def is_public(self) -> bool:
        """Whether strangers are expected: a laptop's platform has no certificate."""
        return self.public_url.startswith("https://")

    @property
    def effective_sign_up(self) -> SignUp:
        if self.sign_up == "auto":
            return "invitation" if self.is_public else "open"
        return self.sign_up

    @property
    def mail_dir(self) -> Path:
        """Where e-mail is written that no server sends."""
        return self.data_dir.absolute() / "mail"

    @property
    def effective_max_bytes_in_flight(self) -> int:
        return self.max_bytes_in_flight or 2 * self.max_upload_bytes

    @field_validator("master_keys")
    @classmethod
    def _are_keys(cls, value: str) -> str:
        decoded_keys(value.split(","))
        return value

    @field_validator("master_key_file")
    @classmethod
    def _is_private(cls, value: Path | None) -> Path | None:
        if value is not None:
            if not value.is_file():
                raise ValueError(f"there is no file {value}")
            if value.stat().st_mode & 0o077:
                raise ValueError(f"others than its owner may read {value}: chmod 600 it")
            decoded_keys(value.read_text().splitlines())
        return value

    @property
    def effective_master_keys(self) -> tuple[bytes, ...]:
        """The keys of ``master_keys``, then those of ``master_key_file``."""
        lines = self.master_key_file.read_text().splitlines() if self.master_key_file else []
        return decoded_keys([*self.master_keys.split(","), *lines])

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'trainyard.sqlite3'}"

    @property
    def effective_cache_url(self) -> str:
        return self.cache_url or self.redis_url

    @property
    def effective_blob_url(self) -> str:
        return self.blob_url or f"file://{self.data_dir.absolute() / 'blobs'}"

    @property
    def scratch_dir(self) -> Path:
        """Uploads in progress and datasets being compiled; safe to empty when nothing runs."""
        return self.data_dir.absolute() / "scratch"


@cache
def environment() -> Environment:
    """The process's settings. Ends the process with a sentence for each variable that is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        for item in error.errors():
            name = "_".join(["TRAINYARD", *(str(part).upper() for part in item["loc"])]) if item["loc"] else "Settings"
            print(f"{name}: {item['msg'].removeprefix('Value error, ')}.", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def made(directory: Path, *, inside: Path) -> Path:
    """``directory``, which is made where it is missing, ``inside`` one that others may not enter.

    Ends the process with a sentence where that cannot be.
    """
    try:
        make_private(inside)
        make_private(directory)
    except OSError as error:
        sys.exit(f"TRAINYARD_DATA_DIR: {directory} cannot be made ({error.strerror}).")
    return directory


def require_secret_key() -> None:
    """For servers: ends the process when no secret key is set, so that none ever runs on a guessed one."""
    if not environment().secret_key:
        sys.exit(
            "TRAINYARD_SECRET_KEY is not set. Set it to at least 32 random characters, the same for every process."
        )


def secret_key_or_ephemeral() -> str:
    """The secret key; management commands that serve nobody get a throw-away one."""
    return environment().secret_key or secrets.token_urlsafe(48)
