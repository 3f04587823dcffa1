"""What every group of commands needs: where to print, and whom to ask."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from trainyard_client.client import Client

PIPE_WIDTH = 400

# In a pipe lines are as long as they need to be: ids must come out whole.
console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True)


@contextmanager
def connected() -> Iterator[Client]:
    """A client for the service and key of the environment; ends the command where they are missing."""
    base_url, api_key = os.environ.get("TRAINYARD_URL"), os.environ.get("TRAINYARD_API_KEY")
    if not base_url or not api_key:
        errors.print("Set TRAINYARD_URL and TRAINYARD_API_KEY: the address of the service and one of your API keys.")
        raise typer.Exit(1)
    if not base_url.startswith(("http://", "https://")):
        errors.print(f"TRAINYARD_URL is {base_url}; it must begin with http:// or https://.")
        raise typer.Exit(1)
    with Client(base_url=base_url, api_key=api_key) as client:
        yield client
