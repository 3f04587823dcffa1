"""``trainyard api``: any operation of the API by its method and path, for what has no command of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.output import print_json

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


def register(app: typer.Typer) -> None:
    app.command("api")(api)


def api(
    method: Annotated[Method, typer.Argument(case_sensitive=False)],
    path: Annotated[str, typer.Argument(help="Below /api/v1, such as jobs or usage/summary.")],
    query: Annotated[
        list[str] | None,
        typer.Option("--query", "-q", help="NAME=VALUE in the query; again for more.", metavar="NAME=VALUE"),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="A body: JSON, @FILE, or - for standard input.", metavar="JSON")
    ] = None,
) -> None:
    """Make any request of the API and print its answer: `trainyard api get usage/summary -q by=pool`."""
    body = None if data is None else _body(data)
    with connected() as client:
        answer = client.call(method, path, body, query=dict(map(_pair, query or [])))
    if isinstance(answer, str):
        typer.echo(answer, nl=not answer.endswith("\n"))
    elif answer is not None:
        print_json(answer)


def _body(data: str) -> Any:
    text = sys.stdin.read() if data == "-" else Path(data[1:]).read_text() if data.startswith("@") else data
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"It is not JSON: {error}.", param_hint="--data") from None


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise typer.BadParameter(f"{text} is not NAME=VALUE.", param_hint="--query")
    return name, value
