"""``trainyard login``, ``logout`` and ``whoami``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from trainyard_client import profiles
from trainyard_client.cli.connection import PROFILE, connected
from trainyard_client.cli.options import AsJson
from trainyard_client.cli.output import hint, print_one, remark, say


def register(app: typer.Typer) -> None:
    for command in (login, logout, whoami):
        app.command()(command)


def login(
    url: Annotated[str | None, typer.Option(help="Address of the service.", envvar=profiles.URL)] = None,
    key: Annotated[
        str | None, typer.Option(help="One of your API keys; asked for if omitted.", envvar=profiles.KEY)
    ] = None,
) -> None:
    """Store an address and an API key for the commands to come; `--profile NAME` before it keeps several apart.

    An API key is made in the dashboard under Settings, or by `trainyard keys create`.
    """
    from trainyard_client.client import Client

    url = url or typer.prompt("Address of the service", default="http://127.0.0.1:8000")
    key = key or typer.prompt("API key", hide_input=True)
    with Client(base_url=url, api_key=key) as client:
        me = client.organization.me()
    stored = profiles.Profiles.read()
    stored.current = PROFILE.get() or os.environ.get(profiles.PROFILE) or profiles.DEFAULT
    stored.profiles[stored.current] = profiles.Profile(url, key)
    stored.write()
    organization = f" of {me.organization.name}" if me.organization else ""
    say(f"Logged in as {me.name}{organization} ({stored.current}).")
    if os.environ.get(profiles.KEY):
        remark(f"{profiles.KEY} is set: it comes before what was stored, unless --profile is given.", style="yellow")
    hint("Next: trainyard datasets upload FILE --task TASK")


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
