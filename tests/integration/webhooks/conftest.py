"""The server, the endpoint and the clock of these tests."""

from tests.support.webhooks import endpoint, hook, post

__all__ = ["endpoint", "hook", "post"]
