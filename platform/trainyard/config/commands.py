"""Django's commands, which say in a sentence what is wrong with the database that the settings name."""

import gc
import sys
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

from trainyard.core.scope import platform_scope

COLLECTED_EVERY = (100_000, 20, 20)
"""Objects made between two collections of the youngest, and collections between two of the older ones (``gc``).

Python's own numbers are for less memory than a command has. Migrating makes thousands of classes, which are cycles: by
these it takes a fifth less time, and 90 MB more.
"""


def run(arguments: list[str]) -> None:
    """Runs the command. With ``--traceback`` a database's error is raised as it is."""
    gc.set_threshold(*COLLECTED_EVERY)
    try:
        with platform_scope():  # whoever may run them is an operator
            execute_from_command_line(arguments)
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in arguments:
            raise
        reason = str(error).partition("\n")[0]
        sys.exit(
            f"The database {_address(settings.DATABASES['default'])} cannot be used as it is: {reason}. Name another "
            "by TRAINYARD_DATA_DIR or TRAINYARD_DATABASE_URL, or prepare this one with manage.py prepare."
        )


def _address(database: dict[str, Any]) -> str:
    """Where it is, without who enters it how."""
    place = f"{database['HOST']}:{database['PORT']}/" if database.get("HOST") else ""
    return f"{place}{database['NAME']}"
