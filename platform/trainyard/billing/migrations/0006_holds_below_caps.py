from typing import Any

from django.db import migrations, models


def cap_is_what_was_reserved(apps: Any, schema_editor: Any) -> None:
    hold = apps.get_model("billing", "Hold")
    hold._base_manager.update(cap_micros=models.F("amount_micros"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_never_truncated")]

    operations = [
        migrations.AddField("Hold", "cap_micros", models.BigIntegerField(default=0), preserve_default=False),
        migrations.RunPython(cap_is_what_was_reserved, migrations.RunPython.noop),
    ]
