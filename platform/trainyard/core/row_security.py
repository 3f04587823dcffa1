"""PostgreSQL's row-level security on every table with rows of tenants: the wall behind the managers of ``tenancy``.

A policy is derived from the model's tenant field, after every ``migrate``, so that no table can be forgotten. It does
not bind superusers and roles with BYPASSRLS: ``prepare`` makes the role as which the processes serve.
Source: https://www.postgresql.org/docs/16/ddl-rowsecurity.html. SQLite has no such thing.
"""

from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ORGANIZATION_SETTING = "app.organization"
SCOPE_SETTING = "app.scope"
PLATFORM = "platform"
PREFIX = "tenant_"
USUAL_FIELD = "organization"
USUAL_COLUMN = "organization_id"

_OURS = f"(SELECT NULLIF(current_setting('{ORGANIZATION_SETTING}', true), ''))"
_PLATFORM = f"(SELECT current_setting('{SCOPE_SETTING}', true)) = '{PLATFORM}'"
"""As subqueries, which are computed once a statement and not once a row. They are null where nothing was set."""


def tenant_field(model: type[models.Model]) -> Any:
    """The field that says whose a row is, or ``None``: ``organization``, unless ``tenant_field`` names another."""
    named = getattr(model, "tenant_field", None)
    for name in (named,) if named else (USUAL_FIELD, USUAL_COLUMN):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def tenant_lookup(model: type[models.Model]) -> str:
    """How a query names the organization of a row, through its parent where that is whose it is."""
    field = tenant_field(model)
    parent = field.related_model
    if parent is None or tenant_field(parent) is parent._meta.pk:
        return str(field.attname)
    return f"{field.name}__{tenant_lookup(parent)}"


def rows_of(model: type[models.Model], organization_id: str) -> models.QuerySet[Any]:
    """Every row of ``model`` that belongs to the organization."""
    manager: models.Manager[Any] = getattr(model, "across_tenants", model._default_manager)  # noqa: SLF001  Django documents it
    return manager.filter(**{tenant_lookup(model): organization_id})


def tenant_models() -> list[type[models.Model]]:
    """Every model with rows of tenants."""
    return [model for model in apps.get_models() if model._meta.managed and tenant_field(model) is not None]


def condition(model: type[models.Model]) -> str:
    """The SQL that holds for the rows of ``model`` which a statement may see and write."""
    field = tenant_field(model)
    column = f'"{field.column}"'
    parent = field.related_model
    if parent is None or tenant_field(parent) is parent._meta.pk:
        return f"{column} = {_OURS} OR {_PLATFORM}"
    # The row belongs to whoever the parent belongs to, and the parent's policy holds here too.
    key, table = parent._meta.pk.column, parent._meta.db_table
    return f'{_PLATFORM} OR EXISTS (SELECT 1 FROM "{table}" AS parent WHERE parent."{key}" = {column})'  # noqa: S608  names of our own models


def policy_name(model: type[models.Model]) -> str:
    """Changes with the policy's definition, so that the next ``migrate`` replaces it."""
    return PREFIX + sha256(condition(model).encode()).hexdigest()[:12]


def secure(connection: BaseDatabaseWrapper) -> list[str]:
    """Gives every tenant table the policy that its model asks for; returns the tables that it had to change."""
    if connection.vendor != "postgresql":
        return []
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        wanted = {model._meta.db_table: model for model in tenant_models() if model._meta.db_table in present}
        secured = secured_tables(connection)
        changed = sorted(table for table, model in wanted.items() if secured.get(table) != {policy_name(model)})
        for table in changed:
            for name in secured.get(table, ()):
                cursor.execute(f'DROP POLICY "{name}" ON "{table}"')
            cursor.execute(
                f'CREATE POLICY "{policy_name(wanted[table])}" ON "{table}" USING ({condition(wanted[table])})'
            )
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
    return changed


def secured_tables(connection: BaseDatabaseWrapper) -> dict[str, set[str]]:
    """The tables with enabled and forced row security, with the names of their policies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, p.polname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relnamespace = current_schema()::regnamespace AND c.relrowsecurity AND c.relforcerowsecurity"
        )
        found: dict[str, set[str]] = {}
        for table, name in cursor.fetchall():
            found.setdefault(table, set()).add(name)
    return found
