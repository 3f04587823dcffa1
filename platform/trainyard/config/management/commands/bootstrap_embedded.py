"""Prepares the database of an embedded platform: migrations, then what is missing."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from trainyard.config.embedded import bootstrap
from trainyard.config.embedded.services import POOL
from trainyard.core.time import database_now
from trainyard.pools import operations as pools
from trainyard_common.atomic_io import PRIVATE, replace_durably, write_synced


class Command(BaseCommand):
    help = "Prepares the database of an embedded platform. The last line it prints is JSON."
    # A start waits for this command: Django's checks import all views, and find what a test of them has found before.
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        _ensure_credentials(settings.ENVIRONMENT.data_dir / "credentials.json")
        token = pools.create_enrolment_token(pool_name=POOL, actor=bootstrap.ACTOR, now=database_now())
        self.stdout.write(json.dumps({"enrolment_token": token.secret}))


def _ensure_credentials(path: Path) -> None:
    """Creates the first rows and the file of their secrets, once, whatever crash came in between.

    The secrets are written under a pending name before the commit and get their real name after it. A pending file
    whose rows exist is from a crash between the two; without its rows it is from a crash before the commit.
    """
    if path.exists():
        return
    pending = path.with_suffix(".pending")
    if not bootstrap.is_done():
        with transaction.atomic():
            made = bootstrap.create_everything(now=database_now())
            write_synced(pending, json.dumps(made.as_dict()).encode(), mode=PRIVATE)
    replace_durably(pending, path)
