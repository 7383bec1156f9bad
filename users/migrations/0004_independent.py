"""Who made an account makes login links for it only until somebody has come in by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django.db.models.deletion
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import migrations, models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps


def tell_who_is(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of what is known: a confirmed address, or a login by an account that has a password."""
    users = apps.get_model("users", "User").objects.using(schema_editor.connection.alias)
    no_password = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(password="")
    came = Q(email_confirmed=True) | (Q(last_login__isnull=False) & ~no_password)
    users.filter(came).update(is_independent=True)
    # Links do not say who made them, and live two hours.
    tokens = apps.get_model("users", "LoginToken").objects.using(schema_editor.connection.alias)
    tokens.all().delete()


class Migration(migrations.Migration):
    dependencies = [("users", "0003_mail_by_kind")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_independent",
            field=models.BooleanField(default=False, editable=False, help_text="Has confirmed an address, set a password or logged in without the help of others: from then on, whoever made the account makes no login links for it."),
        ),
        migrations.AddField(
            model_name="logintoken",
            name="maker",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.user",
            ),
        ),
        migrations.RunPython(tell_who_is, migrations.RunPython.noop),
    ]
