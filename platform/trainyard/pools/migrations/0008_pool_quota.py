from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pools", "0007_sandbox")]

    operations = [migrations.RenameModel("Share", "PoolQuota")]
