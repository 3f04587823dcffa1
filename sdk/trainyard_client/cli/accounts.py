"""``trainyard login``, ``logout`` and ``whoami``."""

from __future__ import annotations

import os
import platform
import sys
import webbrowser
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from trainyard_client import profiles
from trainyard_client.cli.connection import PROFILE, connected
from trainyard_client.cli.options import AsJson
from trainyard_client.cli.output import hint, print_one, remark, say
from trainyard_client.errors import NotConfigured

if TYPE_CHECKING:
    from trainyard_client.types import StartedDeviceAuthorization

REMOTE = ("SSH_CONNECTION", "SSH_TTY")
"""Set in the session of somebody who sits elsewhere: a browser that opens here opens before nobody."""


def register(app: typer.Typer) -> None:
    for command in (login, logout, whoami):
        app.command()(command)


def login(
    url: Annotated[str | None, typer.Option(help="Address of the service.", envvar=profiles.URL)] = None,
    key: Annotated[str | None, typer.Option(help="An API key you have.", envvar=profiles.KEY)] = None,
    with_key: Annotated[bool, typer.Option("--with-key", help="Ask for an API key you have.")] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page here, where there is a browser.")
    ] = True,
    name: Annotated[str | None, typer.Option(help="Name of the new key; else this machine's.")] = None,
    role: Annotated[str | None, typer.Option(help="Role of the new key; member unless told.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the new key; repeat.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=365, help="Until the new key expires; 90 unless told.")] = None,
) -> None:
    """Log in by a browser, here or on any other machine, and store the key for the commands to come.

    Somebody who may make API keys types the code that is shown into the dashboard and confirms. With `--key` or
    `--with-key` a key that was made there is stored instead. `--profile NAME` before the command keeps several apart.
    """
    from trainyard_client.client import Client
    from trainyard_client.device_login import WantedKey, log_in

    stored = profiles.Profiles.read()
    profile = PROFILE.get() or os.environ.get(profiles.PROFILE) or profiles.DEFAULT
    known = stored.get(profile)
    url = _address(url, known=known.base_url if known else "http://127.0.0.1:8000")
    if with_key and not key:
        key = typer.prompt("API key", hide_input=True)
    if not key:
        wanted = WantedKey(name or f"trainyard on {platform.node() or 'a machine'}"[:120], role, scope or (), days)
        key = log_in(url, wanted=wanted, show=partial(_show, browser=browser)).access_token
    with Client(base_url=url, api_key=key) as client:
        me = client.organization.me()
    stored.current = profile
    stored.profiles[profile] = profiles.Profile(url, key)
    stored.write()
    organization = f" of {me.organization.name}" if me.organization else ""
    say(f"Logged in as {me.name}{organization} ({profile}).")
    if os.environ.get(profiles.KEY) and os.environ[profiles.KEY] != key:
        remark(f"{profiles.KEY} is set: it comes before what was stored, unless --profile is given.", style="yellow")
    hint("Next: trainyard datasets upload FILE --task TASK")


def _address(url: str | None, *, known: str) -> str:
    url = url or typer.prompt("Address of the service", default=known)
    if not url.startswith(("http://", "https://")):
        raise NotConfigured(f"{url} is no address: it must begin with http:// or https://.")
    return url


def _show(started: StartedDeviceAuthorization, *, browser: bool) -> None:
    """Says where to go, and goes there where this machine has a screen."""
    remark(f"Open {started.verification_uri} in a browser, on this or another machine, and type the code")
    remark(f"\n    {started.user_code}\n", style="bold")
    is_remote = any(os.environ.get(name) for name in REMOTE)
    if browser and not is_remote and sys.stderr.isatty() and webbrowser.open(started.verification_uri_complete):
        remark("The page is open in your browser.")
    remark(f"Waiting, for {started.expires_in // 60} minutes at most; Ctrl-C gives up.", style="dim")


def logout() -> None:
    """Forget a profile's key, or that of `--profile NAME`; the key itself stays valid."""
    stored = profiles.Profiles.read()
    name = PROFILE.get() or stored.current
    if stored.profiles.pop(name, None) is None:
        say("Nobody was logged in.")
        return
    stored.current = next(iter(stored.profiles), profiles.DEFAULT)
    stored.write()
    say(f"Logged out of {name}.")


def whoami(as_json: AsJson = False) -> None:
    """Say whom the service takes you for, and what you may do."""
    with connected() as client:
        me = client.organization.me()
    fields = [
        ("name", me.name),
        ("email", me.email),
        ("organization", f"{me.organization.name} ({me.organization.id})" if me.organization else ""),
        ("role", me.role),
        ("operator", "yes" if me.is_operator else ""),
        ("may", ", ".join(me.permissions)),
    ]
    print_one(me, lambda: fields, as_json=as_json)
