"""Django admin pages of organizations, people and keys, and the log-in of operators."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.template import engines
from unfold.forms import AdminPasswordChangeForm, AuthenticationForm, UserChangeForm, UserCreationForm

from trainyard.core.admin_base import OperatorAdmin, ReadOnlyAdmin
from trainyard.core.time import database_now
from trainyard.tenants import login_limits, operations, second_factor
from trainyard.tenants.models import ApiKey, Membership, Organization, User

OTHERS_PAGES = [Group, EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken]
"""What the libraries would show operators: nobody's secrets, and no second way to change an account."""
admin.site.unregister(OTHERS_PAGES)


WRONG_CODE = (
    "Enter the code that your authenticator app shows now; each works once. "
    "An account without a second factor gets one by manage.py second_factor."
)
TOO_MANY_CODES = "Too many wrong codes. Try again in a few minutes."


class OperatorLoginForm(AuthenticationForm):  # type: ignore[misc]
    """Logs in like the dashboard, with the same limits of failed attempts, and with a second factor if required."""

    code = forms.CharField(required=False, max_length=8)

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            user = get_adapter(self.request).authenticate(self.request, email=email, password=password)
            if user is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(user)
            self._check_code(user, str(self.cleaned_data.get("code", "")))
            self.user_cache = user
        return dict(self.cleaned_data)

    def _check_code(self, user: User, code: str) -> None:
        if not second_factor.is_asked_of(user):
            return
        try:
            attempt = login_limits.begin(self.request, email=f"code of {user.email}")
        except login_limits.TooManyFailures:
            raise forms.ValidationError(TOO_MANY_CODES, code="too_many_codes") from None
        if not second_factor.accepts(self.request, user=user, code=code):
            raise forms.ValidationError(WRONG_CODE, code="wrong_code")
        attempt.take_back()


def may_enter(request: HttpRequest) -> bool:
    """An operator who showed the second factor that is asked of them."""
    return bool(request.user.is_active and getattr(request.user, "is_staff", False)) and second_factor.holds(request)


admin.site.login_form = OperatorLoginForm
admin.site.login_template = "admin/operator_login.html"
admin.site.has_permission = may_enter  # type: ignore[method-assign]


ISSUED_KEY_PAGE = """{% extends "admin/base_site.html" %}{% block content %}
<p>Its first API key. Copy it now: it is shown this once.</p>
<pre><code>{{ secret }}</code></pre>
<p><a href="{% url 'admin:tenants_organization_changelist' %}">All organizations</a></p>
{% endblock %}"""


class NewOrganizationForm(forms.ModelForm):  # type: ignore[type-arg]
    owner_email = forms.EmailField(max_length=254)

    class Meta:
        model = Organization
        fields = ("name",)


@admin.register(Organization)
class OrganizationAdmin(OperatorAdmin):
    list_display = ("name", "id", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "=id")
    readonly_fields = ("id", "created_at")
    fields = ("name", "state", "requires_second_factor", "max_stored_bytes", "max_bytes_in_flight", "id", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if change else NewOrganizationForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("name", "owner_email")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.limits_revision += 1
            super().save_model(request, obj, form, change)
            return
        organization, issued = operations.create_organization(
            name=obj.name,
            owner_email=form.cleaned_data["owner_email"],
            actor=str(request.user.pk),
            now=database_now(),
        )
        obj.pk, obj.created_at = organization.pk, organization.created_at
        obj.first_secret = issued.secret

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The new key stands in this one answer: a message would keep it in a cookie or the session."""
        page = engines["django"].from_string(ISSUED_KEY_PAGE)
        context = {**self.admin_site.each_context(request), "title": f"{obj} was added", "secret": obj.first_secret}
        return HttpResponse(page.render(context, request))  # which the admin lets nobody cache


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(UserChangeForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(BaseUserAdmin, OperatorAdmin):  # type: ignore[type-arg]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_staff", "is_active", "last_login", "created_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name", "=id")
    ordering = ("-pk",)
    filter_horizontal = ()
    readonly_fields = ("id", "last_login", "created_at")
    fieldsets = ((None, {"fields": ("email", "name", "password", "is_staff", "is_active", *readonly_fields)}),)
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        operations.vouch_for_address(obj)


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("=user__email", "organization__name", "=organization__id")
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("id", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "user", "organization") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("prefix", "name", "organization", "role", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("role", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("name", "=prefix", "=id", "=organization__id", "organization__name")
    exclude = ("secret_sha256",)
