"""Brings a deployment's database and blob store up to date; safe to run again, before every release."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from trainyard.core.blobs import blob_store


class Command(BaseCommand):
    help = "Migrates the database and makes sure that the blob store exists."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        blob_store().prepare()
        self.stdout.write("The database and the blob store are ready.")
