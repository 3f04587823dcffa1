from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('models', '0002_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='prediction',
            name='claims',
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
