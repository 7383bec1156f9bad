"""One mail a day: who chose it, and which messages await it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0006_signing_in'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='awaits_digest',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='mails_daily',
            field=models.BooleanField(db_default=False, default=False, help_text='All of a day in one mail, instead of each at once.', verbose_name='Once a day'),
        ),
    ]
