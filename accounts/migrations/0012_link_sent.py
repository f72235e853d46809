"""Until now a new link moved the moment when a registration was asked for."""

from typing import Any

import django.utils.timezone
from django.db import migrations, models


def take_over(apps: Any, schema_editor: Any) -> None:
    apps.get_model("accounts", "Registration").objects.update(link_sent_at=models.F("asked_at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_lists_of_millions")]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="link_sent_at",
            field=models.DateTimeField(
                db_index=True, default=django.utils.timezone.now, verbose_name="link sent"
            ),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
