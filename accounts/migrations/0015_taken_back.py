"""A change of e-mail that a new password has turned around, and that is not ended yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_names_of_fields")]

    operations = [
        migrations.AddField(
            model_name="credentialchange",
            name="taken_back_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
        ),
    ]
