"""Accounts that had one key each come to several, and who may hold what is told by the record."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from users import keys
from users.models import ApiKey, User

BEFORE = [("users", "0004_independent"), ("activity", "0010_login_links")]


@pytest.fixture
def before(transactional_db):
    """The tables as they were; brought up again whatever happens."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    apps = executor.loader.project_state(BEFORE).apps

    def up():
        again = MigrationExecutor(connection)
        again.migrate(newest)

    yield apps, up
    up()


def test_keys_stay_and_their_makers_are_found(before):
    apps, up = before
    users, old = apps.get_model("users", "User"), apps.get_model("users", "ApiKey")
    records = apps.get_model("activity", "ActivityRecord").objects
    people = {
        name: users.objects.create(username=name, public_id=name * 5, password=password)
        for name, password in (
            ("maker", "!"),
            ("own", "pbkdf2$own"),
            ("made", "pbkdf2$made"),
            ("robot", "!none"),
            ("reset", "pbkdf2$reset"),
            ("none", "!none"),
        )
    }
    told = [
        ("user-created", "maker", "own"),
        ("key-issued", "maker", "own"),
        ("user-changed", "own", "own"),
        ("key-issued", "own", "own"),
        ("user-created", "maker", "made"),
        ("key-issued", "maker", "made"),
        ("user-created", None, "robot"),
        ("key-issued", None, "robot"),
        ("user-created", None, "reset"),
        ("user-changed", "maker", "reset"),
    ]
    for type, actor, about in told:
        data = {"user": f"id${about * 5}"}
        if type == "user-changed":
            data["fields"] = ["email", "password"]
        records.create(type=type, actor=actor and people[actor], data=data)
    secrets = {}
    for number, name in enumerate(("own", "made", "robot", "reset")):
        secrets[name] = f"{number:040}"
        old.objects.create(user=people[name], digest=keys.digest(secrets[name]))
    dates = dict(old.objects.values_list("user__username", "created"))
    up()
    assert {name: keys.owner_of(secret).username for name, secret in secrets.items()} == {
        name: name for name in secrets
    }
    found = ApiKey.objects.order_by("pk").values_list(
        "user__username", "origin", "maker__username", "scope", "label", "expires"
    )
    assert {row[0]: row[1:3] for row in found} == {
        "own": ("own", "own"),
        "made": ("other", "maker"),
        "robot": ("server", None),
        "reset": ("server", None),
    }
    assert {row[3:] for row in found} == {("all", "", None)}
    assert dict(ApiKey.objects.values_list("user__username", "created")) == dates
    setters = dict(User.objects.values_list("username", "password_by__username"))
    assert setters == {**dict.fromkeys(people), "made": "maker", "reset": "maker"}
