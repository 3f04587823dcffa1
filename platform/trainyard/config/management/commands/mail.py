"""E-mail of a platform without a mail server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from trainyard.core.mail import file_backend
from trainyard.core.mail.file_backend import StoredMail


class Command(BaseCommand):
    help = "Lists the e-mails that were written to the data directory, newest first; `mail show` prints the newest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["list", "show", "link"], default="list")
        parser.add_argument("id", nargs="?", help="of the mail to show; the newest unless told")
        parser.add_argument("--to", default="", help="only mails to this address")
        parser.add_argument("--limit", type=int, default=20)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.smtp_url:
            raise CommandError("E-mail goes by the server of TRAINYARD_SMTP_URL; none is written here.")
        if options["what"] == "list":
            for mail in file_backend.stored(to=options["to"], limit=options["limit"]):
                self.stdout.write(f"{mail.id}  {mail.date}  {mail.to}  {mail.subject}")
                for link in mail.links[:1]:
                    self.stdout.write(f"    {link}")
            return
        mail = _chosen(options["id"], to=options["to"])
        if options["what"] == "link":
            self.stdout.write(_link(mail))
            return
        self.stdout.write(f"To: {mail.to}\nSubject: {mail.subject}\nDate: {mail.date}\n\n{mail.text}")


def _chosen(mail_id: str | None, *, to: str) -> StoredMail:
    for mail in file_backend.stored(to=to):
        if mail_id in (None, mail.id):
            return mail
    raise CommandError(f"There is no mail {mail_id}." if mail_id else "There is no mail yet.")


def _link(mail: StoredMail) -> str:
    if not mail.links:
        raise CommandError(f"There is no link in {mail.id}.")
    return mail.links[0]
