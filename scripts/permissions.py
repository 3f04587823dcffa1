"""Writes ``docs/permissions.md`` from the table of roles and scopes: ``python scripts/permissions.py``."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "permissions.md"
sys.path[:0] = [str(ROOT / root) for root in ("platform", "workers", "contracts", "sdk")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")

HEAD = """# Who may do what

One table, [permissions.py](../platform/trainyard/tenants/permissions.py): every call of the API names a row of it,
`GET /me` lists what its caller may do, and a test tries every role and scope at every call. `make schema` writes this
page.

A person has one role in each organization; an API key has a role and may be narrowed by scopes, of which one is enough.
To write is to read, too. Operators of the platform, `GET /me` and what belongs to a person alone (their organizations,
leaving, accepting an invitation) stand beside the table.

| action | owner | admin | member | billing | viewer | scopes of a key |
|---|---|---|---|---|---|---|
"""


def render() -> str:
    """The page's text."""
    import django

    django.setup()
    from trainyard.tenants.models import Role
    from trainyard.tenants.permissions import PERMISSIONS

    rows = []
    for action, permission in PERMISSIONS.items():
        marks = ["✓" if role in permission.roles else "" for role in Role]
        scopes = ", ".join(f"`{scope}`" for scope in sorted(permission.scopes)) or "any"
        rows.append(f"| {' | '.join([f'`{action}`', *marks, scopes])} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    DOCUMENT.write_text(render())
