"""``trainyard members`` and ``trainyard keys``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, remark, say

members = typer.Typer(no_args_is_help=True, help="See who belongs to the organization, and invite.")
keys = typer.Typer(no_args_is_help=True, help="Make, rotate and revoke API keys.")

MEMBER_COLUMNS = (
    Column("id", lambda member: member.id, whole=True),
    Column("email", lambda member: member.email),
    Column("name", lambda member: member.name),
    Column("role", lambda member: member.role, whole=True),
)
INVITATION_COLUMNS = (
    Column("id", lambda invitation: invitation.id, whole=True),
    Column("email", lambda invitation: invitation.email),
    Column("role", lambda invitation: invitation.role, whole=True),
    Column("state", lambda invitation: invitation.state, whole=True),
    Column("ends", lambda invitation: invitation.expires_at),
)
KEY_COLUMNS = (
    Column("id", lambda key: key.id, whole=True),
    Column("name", lambda key: key.name),
    Column("role", lambda key: key.role, whole=True),
    Column("begins", lambda key: key.prefix),
    Column("used", lambda key: key.last_used_at),
    Column("ends", lambda key: key.revoked_at or key.expires_at),
)


@members.command("list")
def list_members(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List people and their roles."""
    with connected() as client:
        print_list(client.organization.members(limit=limit + 1), MEMBER_COLUMNS, limit=limit, as_json=as_json)


@members.command("invite")
def invite(
    email: str,
    role: Annotated[str, typer.Option(help="owner, admin, member, billing or viewer.")] = "member",
    as_json: AsJson = False,
) -> None:
    """Invite somebody by mail; the link is printed, too, this once."""
    with connected() as client:
        sent = client.organization.invite(email, role=role)
    if as_json:
        print_json(sent)
    else:
        remark(f"Good until {sent.expires_at:%Y-%m-%d %H:%M} UTC.")
        typer.echo(sent.link)


@members.command("invitations")
def list_invitations(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List who was invited, newest first."""
    with connected() as client:
        print_list(client.organization.invitations(limit=limit + 1), INVITATION_COLUMNS, limit=limit, as_json=as_json)


@members.command("role")
def change_role(member_id: str, role: str) -> None:
    """Give a member another role."""
    with connected() as client:
        member = client.organization.change_role(member_id, role)
    say(f"{member.email} is {member.role}.")


@members.command("remove")
def remove(member_id: str) -> None:
    """End a membership."""
    with connected() as client:
        client.organization.remove_member(member_id)
    say(f"{member_id} is removed.")


@keys.command("list")
def list_keys(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List API keys, without their secrets."""
    with connected() as client:
        print_list(client.organization.keys(limit=limit + 1), KEY_COLUMNS, limit=limit, as_json=as_json)


@keys.command("create")
def create(
    name: str,
    role: Annotated[str | None, typer.Option(help="owner, admin, member, billing or viewer.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only this part of what the role may do; repeat.")] = None,
    monthly_cap: Annotated[str | None, typer.Option(help="What its jobs may cost in a month.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends (ISO 8601).")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and print its secret, this once."""
    with connected() as client:
        key = client.organization.create_key(
            name=name, role=role, scopes=scope or None, monthly_cap=monthly_cap, expires_at=expires
        )
    _print_secret(key, as_json=as_json)


@keys.command("rotate")
def rotate(
    key_id: str,
    overlap_seconds: Annotated[int | None, typer.Option(help="How long the old secret keeps working.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a key a new secret and print it, this once."""
    with connected() as client:
        key = client.organization.rotate_key(key_id, overlap_seconds=overlap_seconds)
    _print_secret(key, as_json=as_json)


@keys.command("revoke")
def revoke(key_id: str) -> None:
    """End a key at once."""
    with connected() as client:
        client.organization.revoke_key(key_id)
    say(f"{key_id} is revoked.")


def _print_secret(key: object, *, as_json: bool) -> None:
    if as_json:
        print_json(key)
        return
    remark("Keep it: it is not shown again.")
    typer.echo(getattr(key, "secret", None))
