"""The keys that encrypt stored files, for operators."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trainyard.core.encryption import keys
from trainyard.core.encryption.master import MasterKeyMissing, MasterKeys, master_keys
from trainyard.core.time import database_now
from trainyard.tenants.models import Organization

ACTOR = "command line"


class Command(BaseCommand):
    help = (
        "rotate: a new key for each organization, for new files. rewrap: every key under the first master key. "
        "shred: destroys the keys of one suspended organization, and so all its files, for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rotate", "rewrap", "shred"])
        parser.add_argument("--organization", help="for rotate and shred; rotate serves all by default")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id: str | None = options["organization"]
        try:
            match options["what"]:
                case "rotate":
                    done = keys.rotate(_master(), organization_id=organization_id, actor=ACTOR, now=database_now())
                    self.stdout.write(f"{done} organizations have a new key.")
                case "rewrap":
                    self.stdout.write(f"{keys.rewrap(_master())} keys were wrapped by the first master key.")
                case _:
                    self.stdout.write(f"{_shred(organization_id)} keys were destroyed.")
        except MasterKeyMissing as error:
            raise CommandError(str(error)) from None


def _master() -> MasterKeys:
    master = master_keys()
    if master is None:
        raise CommandError("There is no master key. Set TRAINYARD_MASTER_KEYS or TRAINYARD_MASTER_KEY_FILE.")
    return master


def _shred(organization_id: str | None) -> int:
    found = Organization.objects.filter(id=organization_id).first()
    if found is None:
        raise CommandError("Name an organization by --organization; there is none by that id.")
    if found.state != Organization.State.SUSPENDED:
        raise CommandError("Suspend the organization first: it could still write files.")
    return keys.shred(organization_id=found.id, actor=ACTOR, now=database_now())
