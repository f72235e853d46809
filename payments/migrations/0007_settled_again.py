"""A line of a reconciliation can be decided again: only "added" is said of it once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0006_lists_of_millions'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='settlement',
            options={'default_permissions': (), 'ordering': ['pk'], 'verbose_name': 'settled line', 'verbose_name_plural': 'settled lines'},
        ),
        migrations.RemoveConstraint(
            model_name='settlement',
            name='line_settled_once',
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'added')), fields=('line',), name='line_added_once'),
        ),
    ]
