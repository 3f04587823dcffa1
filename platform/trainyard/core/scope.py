"""Tenant scope of the current work: an organization's, or the platform's.

Apart from ``tenancy``, so that the database backend, which Django loads before any model, can ask.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows the current work may touch: one organization's, and with ``is_platform`` everybody's."""

    organization_id: str | None = None
    is_platform: bool = False


_scope: ContextVar[Scope] = ContextVar("trainyard_scope", default=Scope())  # noqa: B039  frozen


class TenantNotSet(RuntimeError):
    """Tenant-owned rows were asked for outside ``tenant_scope``."""


def current_tenant() -> str:
    """The organization id in context. Raises ``TenantNotSet`` when there is none."""
    tenant = current_scope().organization_id
    if tenant is None:
        raise TenantNotSet("no tenant in context: wrap the call in tenant_scope(organization_id)")
    return tenant


@contextmanager
def tenant_scope(organization_id: str) -> Iterator[None]:
    """Makes ``organization_id`` the tenant of every query inside the block."""
    with _scoped(replace(current_scope(), organization_id=organization_id)):
        yield


@contextmanager
def platform_scope() -> Iterator[None]:
    """Lets the database show the rows of every tenant inside the block, to what serves all of them.

    For reconcilers, operators, workers' calls, finding out who a caller is, and the few reads of a tenant's request
    that compare it with others (its place in a queue). Managers stay scoped: ``across_tenants`` says so a second time.
    """
    with _scoped(replace(current_scope(), is_platform=True)):
        yield


@contextmanager
def no_scope() -> Iterator[None]:
    """The start of a request: whatever its surroundings may do, it may touch nobody's rows until it is known whose."""
    with _scoped(Scope()):
        yield


def current_scope() -> Scope:
    return _scope.get()


@contextmanager
def _scoped(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
