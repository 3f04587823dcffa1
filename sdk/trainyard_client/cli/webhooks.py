"""``trainyard webhooks``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit, Yes
from trainyard_client.cli.output import Column, hint, print_json, print_list, print_one, remark, say

commands = typer.Typer(no_args_is_help=True, help="Be told of events by signed webhooks, Slack or mail.")

COLUMNS = (
    Column("id", lambda endpoint: endpoint.id, whole=True),
    Column("kind", lambda endpoint: endpoint.kind),
    Column("to", lambda endpoint: endpoint.url or endpoint.email),
    Column("events", lambda endpoint: " ".join(endpoint.events)),
    Column("enabled", lambda endpoint: endpoint.enabled),
    Column("failures", lambda endpoint: endpoint.failures, right=True),
)
DELIVERY_COLUMNS = (
    Column("id", lambda delivery: delivery.id, whole=True),
    Column("event", lambda delivery: delivery.event),
    Column("object", lambda delivery: delivery.object_id),
    Column("state", lambda delivery: delivery.state, whole=True),
    Column("tries", lambda delivery: delivery.attempts_count, right=True),
    Column("answer", lambda delivery: delivery.response_status, right=True),
)
Events = Annotated[list[str] | None, typer.Option("--event", help="Such as job.succeeded, job.* or *; repeat.")]


@commands.command("events")
def list_events(as_json: AsJson = False) -> None:
    """List what there is to be told of."""
    with connected() as client:
        types = client.webhooks.event_types()
    if as_json:
        print_json(types)
    else:
        for name in types.filters:
            say(str(name))


@commands.command("list")
def list_endpoints(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List endpoints, newest first."""
    with connected() as client:
        print_list(client.webhooks.list(limit=limit + 1), COLUMNS, limit=limit, as_json=as_json)


@commands.command("create")
def create(
    address: Annotated[str, typer.Argument(help="An https address, or a member's e-mail.")],
    event: Events = None,
    slack: Annotated[bool, typer.Option(help="It takes messages as Slack does.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an endpoint and print its id and secret, this once."""
    mail = "@" in address and "/" not in address
    kind = "email" if mail else "slack" if slack else "webhook"
    with connected() as client:
        made = client.webhooks.create(
            events=event or ["*"], url=None if mail else address, email=address if mail else None, kind=kind
        )
    if as_json:
        print_json(made)
        return
    if made.secret:
        remark("Keep the secret: it is not shown again.")
    typer.echo(f"{made.id} {made.secret or ''}".rstrip())
    hint(f"Next: trainyard webhooks test {made.id}")


@commands.command("show")
def show(endpoint_id: str, as_json: AsJson = False) -> None:
    """Print an endpoint."""
    with connected() as client:
        endpoint = client.webhooks.get(endpoint_id)
    fields = [(column.name, column.of(endpoint)) for column in COLUMNS]
    print_one(endpoint, lambda: [*fields, ("why off", endpoint.disabled_reason)], as_json=as_json)


@commands.command("change")
def change(
    endpoint_id: str,
    event: Events = None,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable")] = None,
) -> None:
    """Change an endpoint's events or address, or switch it on or off."""
    with connected() as client:
        endpoint = client.webhooks.change(endpoint_id, events=event or None, url=url, enabled=enabled)
    say(f"{endpoint.id} is {'enabled' if endpoint.enabled else 'disabled'} for {' '.join(endpoint.events)}.")


@commands.command("test")
def test(endpoint_id: str) -> None:
    """Send a test event."""
    with connected() as client:
        delivery = client.webhooks.test(endpoint_id)
    say(f"{delivery.id} is {delivery.state}.")
    hint(f"Next: trainyard webhooks deliveries {endpoint_id}")


@commands.command("rotate")
def rotate(
    endpoint_id: str,
    overlap_seconds: Annotated[int | None, typer.Option(help="How long the old secret signs, too.")] = None,
) -> None:
    """Give an endpoint a new secret and print it, this once."""
    with connected() as client:
        typer.echo(client.webhooks.rotate(endpoint_id, overlap_seconds=overlap_seconds).secret)


@commands.command("deliveries")
def deliveries(
    endpoint_id: str,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List what was sent, newest first."""
    with connected() as client:
        found = client.webhooks.deliveries(endpoint_id, state=state, limit=limit + 1)
        print_list(found, DELIVERY_COLUMNS, limit=limit, as_json=as_json)


@commands.command("replay")
def replay(
    endpoint_id: str,
    delivery_id: Annotated[str, typer.Argument(help="One; or all that failed --since.")] = "",
    since: Annotated[str | None, typer.Option(help="All that failed from then on (ISO 8601).")] = None,
) -> None:
    """Send a delivery again, or all that failed since a time."""
    if bool(delivery_id) == bool(since):
        raise typer.BadParameter("name a delivery, or give --since")
    with connected() as client:
        if since:
            say(f"{client.webhooks.replay_failed(endpoint_id, since=since).replayed} are sent again.")
        else:
            say(f"{client.webhooks.replay(endpoint_id, delivery_id).id} is on its way.")


@commands.command("delete")
def delete(endpoint_id: str, yes: Yes = False) -> None:
    """End an endpoint."""
    if not yes:
        typer.confirm(f"Delete {endpoint_id}?", abort=True)
    with connected() as client:
        client.webhooks.delete(endpoint_id)
    say(f"{endpoint_id} is deleted.")
