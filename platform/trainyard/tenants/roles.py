"""Rules for granting roles: the one table for members, invitations and keys."""

from trainyard.core.errors import PermissionDenied
from trainyard.tenants.models import Role

MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.OWNER: frozenset(Role),
    Role.ADMIN: frozenset(Role) - {Role.OWNER},
}


def check_may_grant(*roles: str, by: Role) -> None:
    """Raises ``PermissionDenied`` unless somebody with the role ``by`` may give and take each of ``roles``."""
    for role in roles:
        if role not in MAY_GRANT.get(by, frozenset()):
            raise PermissionDenied(
                f"Your role ({by}) may not give or take the role {role}.", hint="Ask an owner of the organization."
            )
