"""The users of workers at the broker, for a Redis whose users the control plane may not set itself."""

from typing import Any

from django.core.management.base import BaseCommand

from trainyard.pools import broker_users


class Command(BaseCommand):
    help = "Prints a line of an ACL file for each worker: it may consume the queue of its pool, and nothing else."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in broker_users.acl_lines():
            self.stdout.write(line)
