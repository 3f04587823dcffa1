"""Prepares the database of an embedded platform: migrations, then what is missing."""

import json
import os
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


class Command(BaseCommand):
    help = "Prepares the database of an embedded platform. The last line it prints is JSON."

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
            _write_private(pending, json.dumps(made.as_dict()))
    pending.replace(path)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
