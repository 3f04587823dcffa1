"""Django admin page of the audit log."""

from django.contrib import admin

from trainyard.core.admin_base import ReadOnlyAdmin
from trainyard.core.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "actor", "target", "organization_id")
    search_fields = ("=action", "=actor", "=target", "=organization_id")
