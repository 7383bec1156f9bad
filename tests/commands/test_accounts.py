"""`manage.py create_api_user`."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from activity.models import ActivityRecord
from users.keys import owner_of
from users.models import User

KEY = re.compile(r"\b[0-9a-f]{40}\b")
pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("create_api_user", *arguments, stdout=out)
    return out.getvalue()


def test_an_account_is_made_and_its_key_printed_once():
    out = run("ana", "--email", "ana@example.com")
    (key,) = KEY.findall(out)
    user = User.objects.get()
    assert out.startswith("Made ana.")
    assert owner_of(key) == user
    assert (user.username, user.email, user.has_usable_password()) == (
        "ana",
        "ana@example.com",
        False,
    )
    assert not any((user.is_partner, user.is_staff, user.is_superuser))


def test_an_account_that_exists_gets_a_new_key_and_keeps_the_rest():
    (old,) = KEY.findall(run("ana", "--partner", "--email", "ana@example.com"))
    before = User.objects.values().get()
    out = run("ana")
    (new,) = KEY.findall(out)
    assert out.startswith("Gave a new key to ana.")
    assert owner_of(old) is None
    assert owner_of(new) == User.objects.get()
    assert User.objects.values().get() == before
    assert ActivityRecord.objects.filter(type="key-issued").count() == 2


@pytest.mark.parametrize(
    ("flags", "partner", "staff", "superuser"),
    [
        ([], False, False, False),
        (["--partner"], True, False, False),
        (["--staff"], False, True, False),
        # The admin lets nobody in who is not staff.
        (["--superuser"], False, True, True),
        (["--partner", "--staff", "--superuser"], True, True, True),
    ],
)
@pytest.mark.parametrize("exists", [False, True])
def test_flags_give_powers_and_never_take_them(flags, partner, staff, superuser, exists):
    if exists:
        run("ana")
    run("ana", *flags)
    run("ana")
    user = User.objects.get()
    assert (user.is_partner, user.is_staff, user.is_superuser) == (partner, staff, superuser)


def test_json_is_one_object():
    for created in (True, False):
        body = json.loads(run("ana", "--json"))
        user = User.objects.get()
        assert list(body) == ["username", "id", "api_key", "created"]
        assert (body["username"], body["id"], body["created"]) == ("ana", user.public_id, created)
        assert owner_of(body["api_key"]) == user


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a b"], "Invalid Username: a b"),
        (["id$x"], "Invalid Username: id$x"),
        (["me"], "Invalid Username: me"),
        (["x" * 31], "Ensure this field has no more than 30 characters."),
        (["žluť"], "Invalid Username: ?lu?"),
        (["ANA"], "Username not unique: ANA"),
        (["bob", "--email", "no address"], "no address is not an e-mail address."),
        (["ana", "--email", "no address"], "no address is not an e-mail address."),
    ],
)
def test_a_bad_name_or_address_is_one_sentence_and_changes_nothing(arguments, sentence):
    (key,) = KEY.findall(run("ana"))
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    assert str(raised.value) == sentence
    assert User.objects.count() == 1
    assert owner_of(key) == User.objects.get()
