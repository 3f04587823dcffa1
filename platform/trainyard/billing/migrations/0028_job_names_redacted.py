from django.db import migrations

from trainyard.core.append_only import redacted

# An organization that is being deleted, and no other: a line then says what one of an unnamed job says.
IS_DELETED = "EXISTS (SELECT 1 FROM tenants_organization AS o WHERE o.id = OLD.organization_id AND o.state = 'closing')"
WITHOUT_NAME = (
    "CASE WHEN OLD.job_name IS NULL THEN OLD.description "
    "ELSE replace(OLD.description, OLD.job_name || ' (' || OLD.subject || ')', OLD.subject) END"
)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0027_job_names_and_dimension_rollup"),
        ("tenants", "0010_device_authorizations"),
    ]

    operations = [
        redacted("billing_invoiceline", when=IS_DELETED, values={"job_name": "NULL", "description": WITHOUT_NAME}),
    ]
