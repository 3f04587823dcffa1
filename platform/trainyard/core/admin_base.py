"""Base classes of the Django admin pages."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.forms import PasswordInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline

from trainyard.core import audit
from trainyard.core.errors import TrainyardError
from trainyard.core.money import format_micros
from trainyard.core.time import database_now


def money(field: str) -> Callable[[Any], str]:
    """A list column that shows micro-units as money."""

    @admin.display(description=field.removesuffix("_micros").replace("_", " "), ordering=field)
    def column(row: Any) -> str:
        return format_micros(getattr(row, field))

    return column


def _all_rows(model: type[models.Model]) -> models.QuerySet[Any]:
    manager: models.Manager[Any] = getattr(model, "across_tenants", model._default_manager)  # noqa: SLF001  Django documents it
    return manager.all()


class OperatorAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows of all tenants, newest first. Nothing can be deleted, and every change writes an audit event."""

    actions: ClassVar[Any] = ()
    ordering: ClassVar[Any] = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return _all_rows(self.model).order_by(*self.ordering)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        now = database_now()
        if not change and hasattr(obj, "created_at"):
            obj.created_at = now
        super().save_model(request, obj, form, change)
        changed = sorted(form.changed_data)
        told = [name for name in changed if not isinstance(form.fields[name].widget, PasswordInput)]
        audit.record(
            actor=str(request.user.pk),
            action=f"{self.opts.model_name}.{'change' if change else 'create'}",
            target=obj.pk,
            organization_id=getattr(obj, "organization_id", None) or "",
            now=now,
            before={name: form.initial.get(name) for name in told} if change else {},
            after={name: form.cleaned_data.get(name) for name in told},
            fields=changed,
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except TrainyardError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(request.path)
        return response


class ReadOnlyAdmin(OperatorAdmin):
    """For rows that only the platform's own operations may write.

    All fields are read-only ones, because a form field would query the choices of a foreign key and need a tenant.
    """

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in (self.exclude or ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Related rows of the page's object, read-only."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return _all_rows(self.model).order_by("-pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
