"""Accounts of earlier releases: their addresses count as confirmed, and operators' second factors are allauth's."""

from typing import Any

from django.db import migrations


def confirm_addresses(apps: Any, schema_editor: Any) -> None:
    User, EmailAddress = apps.get_model("tenants", "User"), apps.get_model("account", "EmailAddress")
    known = set(EmailAddress.objects.values_list("user_id", flat=True))
    EmailAddress.objects.bulk_create(
        EmailAddress(user_id=user_id, email=email.lower(), verified=True, primary=True)
        for user_id, email in User.objects.exclude(id__in=known).values_list("id", "email")
    )


def move_second_factors(apps: Any, schema_editor: Any) -> None:
    """Encrypted as they are: ``SecondFactorAdapter`` reads both forms."""
    SecondFactor, Authenticator = apps.get_model("tenants", "SecondFactor"), apps.get_model("mfa", "Authenticator")
    Authenticator.objects.bulk_create(
        Authenticator(user_id=factor.user_id, type="totp", data={"secret": factor.secret}, created_at=factor.created_at)
        for factor in SecondFactor.objects.all()
    )


def begin_lineages(apps: Any, schema_editor: Any) -> None:
    ApiKey = apps.get_model("tenants", "ApiKey")
    for key_id in ApiKey._default_manager.filter(lineage="").values_list("id", flat=True):
        ApiKey._default_manager.filter(id=key_id).update(lineage=key_id)


class Migration(migrations.Migration):

    dependencies = [
        ("tenants", "0004_accounts"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunPython(confirm_addresses, migrations.RunPython.noop),
        migrations.RunPython(move_second_factors, migrations.RunPython.noop),
        migrations.RunPython(begin_lineages, migrations.RunPython.noop),
    ]
