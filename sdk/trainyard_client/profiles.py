"""Profiles: whom the client talks to, by arguments, then the environment, then what ``trainyard login`` stored.

The file is ``~/.config/trainyard/profiles.json`` (``XDG_CONFIG_HOME`` is honoured), readable by its owner alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainyard_client.errors import NotConfigured

URL, KEY, PROFILE = "TRAINYARD_URL", "TRAINYARD_API_KEY", "TRAINYARD_PROFILE"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    """A service and a key for it."""

    base_url: str
    api_key: str

    def __repr__(self) -> str:
        return f"Profile(base_url={self.base_url!r})"


def resolve(base_url: str | None = None, api_key: str | None = None, profile: str | None = None) -> Profile:
    """What is given, or else the environment says, or else the profile: the one named, or that of the last log-in.

    Raises ``NotConfigured`` with a sentence.
    """
    if profile is None:
        base_url, api_key = base_url or os.environ.get(URL), api_key or os.environ.get(KEY)
    if not (base_url and api_key):
        stored = Profiles.read().get(profile or os.environ.get(PROFILE))
        if stored is None and profile:
            raise NotConfigured(f"There is no profile {profile}. Make it with: trainyard login --profile {profile}")
        base_url = base_url or (stored.base_url if stored else None)
        api_key = api_key or (stored.api_key if stored and stored.base_url == base_url else None)
    if not base_url or not api_key:
        missing = f"Set {URL} and {KEY}: the address of the service and one of your API keys."
        raise NotConfigured(f"{missing} Or run: trainyard login")
    if not base_url.startswith(("http://", "https://")):
        raise NotConfigured(f"{URL} is {base_url}; it must begin with http:// or https://.")
    return Profile(base_url, api_key)


def path() -> Path:
    """Where profiles are stored."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "trainyard" / "profiles.json"


class Profiles:
    """The stored profiles by name, and which is taken where none is named."""

    def __init__(self, current: str, profiles: dict[str, Profile]) -> None:
        self.current = current
        self.profiles = profiles

    @classmethod
    def read(cls) -> Profiles:
        """As they are stored; none where there is no file. Raises ``NotConfigured`` for a damaged file."""
        try:
            content: dict[str, Any] = json.loads(path().read_text())
            profiles = {name: Profile(**fields) for name, fields in content["profiles"].items()}
            return cls(str(content["current"]), profiles)
        except FileNotFoundError:
            return cls(DEFAULT, {})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotConfigured(f"{path()} is damaged. Delete it and run: trainyard login") from None

    def get(self, name: str | None) -> Profile | None:
        """The profile of that name, or the current one."""
        return self.profiles.get(name or self.current)

    def write(self) -> None:
        """Stores them all at once: a reader meets the old file or the new one."""
        target = path()
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"current": self.current, "profiles": {name: asdict(each) for name, each in self.profiles.items()}}
        partial = target.with_suffix(f".{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(content, indent=2) + "\n")
        partial.replace(target)
