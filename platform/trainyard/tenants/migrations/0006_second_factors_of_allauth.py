from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("tenants", "0005_accounts_of_before"),
    ]

    operations = [
        migrations.DeleteModel(name="SecondFactor"),
    ]
