"""An account has several keys, each with a label, a scope and an end; who made a key is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django.db.models.deletion
import django.utils.timezone
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import migrations, models

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps

USER_ID_PREFIX = "id$"


def keep(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The keys that there are, with who made them and who set passwords, as the record tells.

    Where it tells nobody, a key is taken for one of the server's operator.
    """
    alias = schema_editor.connection.alias
    records = apps.get_model("activity", "ActivityRecord").objects.using(alias)
    made_key: dict[str, int | None] = {}
    set_password: dict[str, int | None] = {}
    told = records.filter(type__in=["key-issued", "user-created", "user-changed"]).order_by("pk")
    for type, actor, data in told.values_list("type", "actor", "data").iterator():
        who = data.get("user", "")
        if type == "key-issued":
            made_key[who] = actor
        elif type == "user-created" or "password" in data.get("fields", ()):
            set_password[who] = actor

    old = apps.get_model("users", "OldApiKey").objects.using(alias)
    new = apps.get_model("users", "ApiKey").objects.using(alias)
    made = []
    for key in old.select_related("user").iterator():
        maker = made_key.get(USER_ID_PREFIX + key.user.public_id)
        origin = "server" if maker is None else "own" if maker == key.user_id else "other"
        row = {"user_id": key.user_id, "digest": key.digest, "created": key.created}
        made.append(new.model(**row, origin=origin, maker_id=maker))
    new.bulk_create(made, batch_size=500)

    users = apps.get_model("users", "User").objects.using(alias)
    for user in users.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).only("public_id"):
        setter = set_password.get(USER_ID_PREFIX + user.public_id)
        if setter is not None and setter != user.pk:
            users.filter(pk=user.pk).update(password_by=setter)


class Migration(migrations.Migration):
    dependencies = [("users", "0004_independent"), ("activity", "0011_keys")]

    operations = [
        migrations.RenameModel("ApiKey", "OldApiKey"),
        migrations.RemoveConstraint("OldApiKey", "api_key_digest"),
        migrations.AlterField(
            model_name="oldapikey",
            name="user",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="users.user"),
        ),
        migrations.AddField(
            model_name="user",
            name="password_by",
            field=models.ForeignKey(editable=False, help_text="Who set the password, if somebody else did: they know it.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="users.user"),
        ),
        migrations.AddField(
            model_name="user",
            name="seal",
            field=models.CharField(blank=True, default="", editable=False, help_text="Another ends all sessions.", max_length=32),
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("label", models.CharField(blank=True, max_length=60)),
                ("scope", models.CharField(choices=[("all", "Reads and writes"), ("read", "Reads only")], default="all", max_length=4)),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires", models.DateTimeField(blank=True, null=True)),
                ("last_used", models.DateField(editable=False, help_text="The day, by UTC.", null=True)),
                ("origin", models.CharField(choices=[("own", "The person"), ("other", "Somebody else"), ("server", "The server's operator")], editable=False, max_length=6)),
                ("once", models.CharField(editable=False, max_length=32, null=True)),
                ("maker", models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="users.user")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="api_keys", to="users.user")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="api_key_digest"),
                    models.UniqueConstraint(fields=("user", "once"), name="api_key_once"),
                ],
            },
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.DeleteModel("OldApiKey"),
    ]
