"""OPTIONS: what is told of each field is what the field takes."""

import pytest
from rest_framework import serializers

from amara_api.kernel.rest import fields
from amara_api.urls import api as routes

pytestmark = pytest.mark.django_db
# A video, a team and so on need not be there: no data is looked at.
SOME = {"number": "1", "language": "en", "job": "abc"}


def described():
    """(route, method, field name, field) of all that OPTIONS can tell of."""
    for route in routes:
        for method, action in (("POST", "create"), ("PUT", "update")):
            inputs = route.callback.cls.inputs.get(action)
            if method.lower() in route.callback.actions and inputs:
                for name, field in inputs().fields.items():
                    yield route, method, name, field


FOUND = list(described())


def path_of(route) -> str:
    parts = str(route.pattern).split("/")
    filled = [SOME.get(p[1:].split(":")[0], "x") if p.startswith("<") else p for p in parts]
    return "/".join(filled)


@pytest.mark.parametrize(
    ("route", "method", "name", "field"), FOUND, ids=lambda value: getattr(value, "name", None)
)
def test_a_choice_is_told_with_what_can_be_chosen(api, route, method, name, field):
    told = api.request("OPTIONS", path_of(route)).json()["actions"][method][name]
    chosen = isinstance(field, fields.LabelField | serializers.ChoiceField)
    assert (told["type"] == "choice") == chosen
    assert ("choices" in told) == chosen
    # Of these alone no type tells what they are: text, a list, a file; an object or text.
    assert (told["type"] == "field") == (name in ("subtitles", "translated_from"))
    for each in told.get("choices", ()):
        assert each["display_name"]
        body = {name: each["value"]}
        serializer = route.callback.cls.inputs[{"POST": "create", "PUT": "update"}[method]]
        found = serializer(data=body, context={"request": None}) if body else None
        found.is_valid()
        assert name not in found.errors, each


def test_policies_and_types_are_choices():
    names = {name for _, _, name, field in FOUND if hasattr(field, "choices")}
    assert names >= {
        *("membership_policy", "video_policy", "subtitle_policy", "translate_policy"),
        *("task_assign_policy", "team_visibility", "video_visibility", "type", "role", "status"),
        *("review_allowed", "approve_allowed", "state", "work_status", "encoding"),
    }
