"""Brings a deployment's database and blob store up to date; safe to run again, before every release."""

from typing import Any

import dj_database_url
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from trainyard.core.blobs import blob_store


class Command(BaseCommand):
    help = "Migrates the database, makes the role of the application, and makes sure that the blob store exists."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        if address := settings.ENVIRONMENT.application_database_url:
            _make_application_role(address)
        blob_store().prepare()
        self.stdout.write("The database and the blob store are ready.")


def _make_application_role(address: str) -> None:
    from trainyard.core.postgresql.roles import ApplicationRole, UnsafeRole, make_application_role  # PostgreSQL's alone

    if connection.vendor != "postgresql":
        raise CommandError("TRAINYARD_APPLICATION_DATABASE_URL is set, but TRAINYARD_DATABASE_URL is no PostgreSQL.")
    login = dj_database_url.parse(address)
    if not login["USER"] or not login["PASSWORD"]:
        raise CommandError("TRAINYARD_APPLICATION_DATABASE_URL must name a user and a password.")
    try:
        make_application_role(connection, ApplicationRole(login["USER"], login["PASSWORD"]))
    except UnsafeRole as error:
        raise CommandError(f"{error} Name another in TRAINYARD_APPLICATION_DATABASE_URL.") from None
