"""The PaymentGUID that a call names, in a column with an index. Calls kept before this have none
there: no installation is live yet, so nobody looks for them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0007_settled_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='postback',
            name='payment_guid',
            field=models.UUIDField(blank=True, null=True, verbose_name='PaymentGUID'),
        ),
        migrations.AddIndex(
            model_name='postback',
            index=models.Index(fields=['payment_guid', 'checkout'], name='postbacks_by_guid'),
        ),
    ]
