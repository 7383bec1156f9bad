"""The forms of the browsable API: what they hold, and what they send.

A form holds what is stored. Only what somebody changed in it is sent, and what the resource needs:
a form filled in for one field leaves all others as they are, whoever changed them meanwhile
(docs/adr/0036-forms-of-the-browsable-api.md). There is none for what the caller may not do.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request, clone_request
from rest_framework.settings import api_settings

from amara_api.kernel.errors import DomainError
from amara_api.kernel.rest.dialects import dialect_of
from amara_api.kernel.rest.fields import LanguageCodeField, TextListField, TextsField
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.shapes import Data
from amara_api.kernel.versions import CURRENT
from amara_api.kernel.wire import json_

if TYPE_CHECKING:
    from rest_framework.response import Response

    from amara_api.kernel.rest.viewsets import ResourceViewSet

    Field = serializers.Field[Data, Data, Data, Data]

# What a form tells beside its fields: what it held, or a body as it is and its media type.
HELD, CONTENT, CONTENT_TYPE = "_held", "_content", "_content_type"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY
# What a body is written in by hand.
BY_HAND = ("application/json", "application/yaml", "application/xml")
# The one field of a form whose body is a list.
LISTED = "list"
_LONG = 5000
_YES_NO = (("true", "yes"), ("false", "no"))
# Where nothing can be sent: not yet logged in, too often, or the server cannot.
_CLOSED = frozenset({401, 406, 408, 414, 429, 431, 500, 503})


@dataclass(frozen=True)
class Filled:
    """A form as somebody sent it. ``typed`` is shown again if it is refused."""

    method: str
    typed: QueryDict


# --- between fields and text ----------------------------------------------------------------------


def shown(value: Data) -> str:
    """A value as a form shows it: lists by lines, dictionaries by lines of ``name: value``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        if "username" in value:
            return str(value["username"])
        lines = [f"{name}: {text}" for name, text in value.items()]
    elif isinstance(value, list):
        lines = [str(item) for item in value]
    else:
        return _plain(str(value))
    if any("\n" in line or "\r" in line for line in lines):
        return json_.dumps(value).decode()
    return "\n".join(lines)


def _plain(text: str) -> str:
    # Browsers send every end of a line as two characters.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def meant(field: Field, text: str) -> Data:
    """What ``text`` in a form says for ``field``. What makes no sense stays text, and is refused
    with the words that the API has for it."""
    if isinstance(field, serializers.ListField):
        if text.lstrip().startswith("["):
            return text
        return [line.strip() for line in text.split("\n") if line.strip()]
    if isinstance(field, TextsField):
        lines = [line for line in text.split("\n") if line.strip()]
        if text.lstrip().startswith("{") or not all(":" in line for line in lines):
            return text
        pairs = (line.partition(":") for line in lines)
        return {name.strip(): value.strip() for name, _, value in pairs}
    if text == "" and field.allow_null and not getattr(field, "allow_blank", False):
        return None
    return text


def sent(serializer: InputSerializer, typed: QueryDict) -> dict[str, Data]:
    """The body that a form makes: what differs from what it held, and what is needed anyway."""
    held = _held_by(typed)
    body: dict[str, Data] = {}
    for name, each in serializer.fields.items():
        text = _plain("\n".join(typed.getlist(name)))
        before = held.get(name, "")
        if text == before and (text == "" or not each.required):
            continue
        said = body[name] = meant(each, text)
        if getattr(each, "merges", False) and isinstance(said, dict):
            # What is not named would stay.
            gone = meant(each, before)
            body[name] = {**dict.fromkeys(gone if isinstance(gone, dict) else (), ""), **said}
    return body


def _held_by(typed: QueryDict) -> dict[str, str]:
    with suppress(ValueError):
        held = json_.loads(typed.get(HELD, "").encode() or b"{}")
        if isinstance(held, dict):
            return {str(name): str(text) for name, text in held.items()}
    return {}


# --- forms ----------------------------------------------------------------------------------------


class SendingForm(forms.Form):
    """One method of a resource. ``address`` is where it is sent."""

    method = "POST"
    address = ""
    # Of the other method that takes the same.
    patch = ""
    takes_files = False
    names_languages = False
    raw: RawForm | None = None


class RawForm(forms.Form):
    """A body just as it is."""

    _content_type = forms.ChoiceField(
        label="Media type", choices=[(each, each) for each in BY_HAND]
    )
    _content = forms.CharField(
        label="Body",
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "dir": "auto"}),
    )


def _made(each: Field, held: str, *, is_whole: bool) -> forms.Field:  # noqa: C901, PLR0911 - one case a kind
    """A form's field for an input field that holds ``held``. The API alone validates."""
    options: dict[str, Data] = {
        "required": False,
        "label": each.field_name,
        "help_text": _help(each),
        "initial": held,
    }
    style = each.style
    attrs: dict[str, str] = {"autocomplete": "off"}
    offered = style.get("choices") or getattr(each, "choices", None)
    if isinstance(each, serializers.BooleanField):
        return _choice(_YES_NO, held, options)
    if offered and isinstance(each, serializers.ListField):
        chosen = held.split("\n") if held else []
        names = list(dict.fromkeys([*offered, *chosen]))
        return forms.MultipleChoiceField(
            **options | {"initial": chosen},
            choices=[(name, name) for name in names],
            widget=forms.CheckboxSelectMultiple,
        )
    if offered:
        options["initial"] = held or style.get("initial", "")
        return _choice([(name, name) for name in offered], held, options)
    if getattr(each, "takes_bytes", False):
        rows = {"rows": "12", "spellcheck": "false", "dir": "auto"}
        return forms.CharField(**options, widget=forms.Textarea(attrs=rows))
    if isinstance(each, LanguageCodeField):
        return forms.CharField(**options, widget=forms.TextInput(attrs={**attrs, "list": "codes"}))
    if style.get("input_type") == "password":
        secret = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(**options, strip=False, widget=secret)
    if isinstance(each, serializers.ListField | TextsField) or _is_long(each):
        rows = {"rows": "10" if is_whole else "4", "dir": "auto"}
        return forms.CharField(**options, widget=forms.Textarea(attrs=rows))
    if isinstance(each, serializers.IntegerField):
        attrs["inputmode"] = "numeric"
    else:
        attrs["dir"] = "auto"
    return forms.CharField(**options, strip=False, widget=forms.TextInput(attrs=attrs))


def _choice(
    pairs: Sequence[tuple[str, str]], held: str, options: dict[str, Data]
) -> forms.ChoiceField:
    choices = list(pairs)
    if held and held not in dict(choices):
        choices.append((held, held))
    if not held:
        choices.insert(0, ("", "—"))
    return forms.ChoiceField(**options, choices=choices)


def _is_long(each: Field) -> bool:
    longest = getattr(each, "max_length", 0)
    is_text = type(each).__name__ == "TextField"
    return is_text and longest is not None and longest > _LONG


def _help(each: Field) -> str:
    said = [str(each.help_text).replace("`", "")] if each.help_text else []
    if isinstance(each, TextsField):
        said.append("A line each: name: value.")
    elif isinstance(each, serializers.ListField) and not each.style.get("choices"):
        said.append("One on each line.")
    if each.required:
        said.append("Needed.")
    return " ".join(said)


def _form(
    serializer: InputSerializer, held: Mapping[str, str], method: str, filled: Filled | None
) -> SendingForm:
    typed = filled.typed if filled is not None and CONTENT not in filled.typed else None
    names = list(serializer.fields)
    before = _held_by(typed) if typed is not None else {k: v for k, v in held.items() if k in names}
    form = SendingForm(typed, auto_id=f"{method.lower()}-%s", use_required_attribute=False)
    form.method = method
    for name, each in serializer.fields.items():
        form.fields[name] = _made(each, before.get(name, ""), is_whole=name == LISTED)
        form.takes_files |= getattr(each, "takes_bytes", False)
        form.names_languages |= isinstance(each, LanguageCodeField)
        if getattr(each, "takes_bytes", False):
            form.fields[f"{name}-file"] = forms.FileField(
                required=False, label=f"{name}, as a file", help_text="Instead of the text above."
            )
    form.fields[HELD] = forms.CharField(
        required=False,
        widget=forms.HiddenInput,
        initial=json_.dumps(before).decode() if before else "",
    )
    return form


def _whole(label: str) -> InputSerializer:
    serializer = InputSerializer()
    serializer.fields[LISTED] = TextListField(required=False, help_text=label)
    return serializer


def input_of(view: ResourceViewSet[Data], action: str, request: Request) -> InputSerializer | None:
    """What ``action`` reads, as fields; None for one that reads nothing."""
    if label := view.lists.get(action):
        return _whole(label)
    chosen = view.inputs.get(action)
    return chosen(context={"request": request, "view": view}) if chosen else None


# --- what a page offers ---------------------------------------------------------------------------


@dataclass
class Offer:
    """What this caller may send to the address that a page shows."""

    forms: list[SendingForm] = field(default_factory=list)
    delete: str = ""

    @property
    def keeps(self) -> bool:
        """Whether a form on the page holds what was typed."""
        return any(each.is_bound or (each.raw and each.raw.is_bound) for each in self.forms)

    @property
    def names_languages(self) -> bool:
        return any(each.names_languages for each in self.forms)


class Page:
    """What the browsable page of an answer shows beside the answer."""

    def __init__(self, view: ResourceViewSet[Data], request: Request, response: Response) -> None:
        self.view, self.request, self.response = view, request, response
        self.filled: Filled | None = getattr(request._request, "filled", None)

    def offer(self) -> Offer:
        made = Offer()
        if self.response.status_code in _CLOSED or not self._is_by_session():
            return made
        if self.filled is not None and self.filled.method == "DELETE" and self._is_done():
            return made
        if self.response.status_code != status.HTTP_404_NOT_FOUND and self._may("DELETE"):
            made.delete = address_of(self.request, "DELETE")
        for method in ("POST", "PUT"):
            if self._may(method):
                made.forms.append(self._sending(method))
        return made

    def _is_by_session(self) -> bool:
        """The forms are sent by a session: whoever came with a key would be somebody else."""
        by = self.request.successful_authenticator
        return isinstance(by, SessionAuthentication)

    def _is_done(self) -> bool:
        return status.is_success(self.response.status_code)

    def _may(self, method: str) -> bool:
        view = self.view
        action = view.action_map.get(method.lower())
        if action is None or method not in view.allowed_methods:
            return False
        policy = view.policies.get(action)
        if policy is None or not policy.login:
            # Nobody writes without an account; what takes it all the same answers 404 alone.
            return False
        twin = _twin(view, action, clone_request(self.request, method))
        try:
            target = twin.target = twin.load(**view.kwargs)
            return bool(policy.may(self.request.user, target))
        except DomainError:
            return False

    def _sending(self, method: str) -> SendingForm:
        action = self.view.action_map[method.lower()]
        filled = self.filled
        if filled is not None and ({filled.method, method} == {"PUT", "PATCH"}):
            filled = Filled(method, filled.typed)
        mine = filled if filled and filled.method == method and not self._is_done() else None
        held = self._held() if method == "PUT" else {}
        serializer = input_of(self.view, action, self.request)
        if serializer is None:
            form = SendingForm(auto_id=f"{method.lower()}-%s")
            form.method = method
        else:
            names = serializer.fields.keys()
            texts = {name: text for name in names if (text := shown(held.get(name)))}
            form = _form(serializer, texts, method, mine)
            form.raw = self._raw(serializer, held, mine)
        form.address = address_of(self.request, method)
        if method == "PUT" and self._may("PATCH"):
            form.patch = address_of(self.request, "PATCH")
        if mine is not None:
            _tell(form, self.response.data)
        return form

    def _raw(
        self, serializer: InputSerializer, held: Mapping[str, Data], mine: Filled | None
    ) -> RawForm:
        if mine is not None and CONTENT in mine.typed:
            return RawForm(mine.typed, auto_id=f"raw-{mine.method.lower()}-%s")
        if LISTED in serializer.fields:
            body: Data = held.get(LISTED, [])
        else:
            body = {
                name: held.get(name, "" if each.required else None)
                for name, each in serializer.fields.items()
                if each.required or held.get(name) is not None
            }
        return RawForm(
            initial={CONTENT: json_.dumps(body, indent=True).decode()},
            auto_id=f"raw-{'put' if held else 'post'}-%s",
        )

    def _held(self) -> Mapping[str, Data]:
        """What is stored, in today's form."""
        data = self.response.data
        is_of_it = self.view.action in ("retrieve", "update", "partial_update")
        if not (is_of_it and self._is_done() and dialect_of(self.request) == CURRENT):
            data = self._read()
        if isinstance(data, list):
            return {LISTED: data}
        return data if isinstance(data, Mapping) else {}

    def _read(self) -> Data:
        action = self.view.action_map.get("get")
        if action is None:
            return None
        asked = clone_request(self.request, "GET")
        asked.version = CURRENT  # type: ignore[assignment]
        twin = _twin(self.view, action, asked)
        with suppress(DomainError):
            twin.target = twin.load(**self.view.kwargs)
            if twin.policies[action].may(self.request.user, twin.target):
                return getattr(twin, action)(asked, **self.view.kwargs).data
        return None

    def sentence(self, offer: Offer) -> str:
        """What the status means, for people."""
        code, method = self.response.status_code, self.request.method
        if code == status.HTTP_405_METHOD_NOT_ALLOWED:
            takes = " and ".join(m for m in self.view.allowed_methods if m in WRITES)
            done = "read" if method == "GET" else f"sent {method}"
            return f"This address cannot be {done}. It takes {takes}."
        if status.is_success(code) and method in _DONE:
            return "It is made." if code == status.HTTP_201_CREATED else _DONE[method]
        if code == status.HTTP_400_BAD_REQUEST and self.filled is not None:
            return "It cannot be used, and nothing was changed. What you typed is still there."
        if code == status.HTTP_404_NOT_FOUND and offer.forms:
            return "There is nothing here yet. The form below begins it."
        return _SENTENCES.get(code, "")

    def typed_in_vain(self) -> str:
        """What somebody typed where there is no form to keep it, but for passwords."""
        if self.filled is None or status.is_success(self.response.status_code):
            return ""
        typed = self.filled.typed
        hidden = {HELD, CONTENT_TYPE, "csrfmiddlewaretoken"}
        kept = [
            f"{name}: {_plain(text)}"
            for name, texts in typed.lists()
            for text in texts
            if name not in hidden and "password" not in name and text
        ]
        return "\n".join(kept)


def address_of(request: Request, method: str) -> str:
    """Where the form of ``method`` for the page's address is sent."""
    address = reverse("api-form", args=[method, request._request.path_info.lstrip("/")])
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address


_DONE = {
    "POST": "Done.",
    "PUT": "It is changed.",
    "PATCH": "It is changed.",
    "DELETE": "It is deleted.",
}
_SENTENCES = {
    status.HTTP_401_UNAUTHORIZED: "One has to log in for this.",
    status.HTTP_403_FORBIDDEN: "You may not do that.",
    status.HTTP_404_NOT_FOUND: "There is nothing at this address, or nothing that you may see.",
}


def _twin(view: ResourceViewSet[Data], action: str, request: Request) -> ResourceViewSet[Data]:
    twin = copy.copy(view)
    twin.action, twin.request = action, request
    return twin


def _tell(form: SendingForm, data: Data) -> None:
    """The API's errors, beside the fields that they are about."""
    where = form.raw if form.raw is not None and form.raw.is_bound else form
    # Nothing is validated here a second time.
    where._errors, where.cleaned_data = ErrorDict(), {}  # type: ignore[union-attr]
    for name, text in _messages(data):
        is_field = where is form and name in form.fields
        plain = name in ("", "detail", NON_FIELD)
        where.add_error(
            name if is_field else None, text if is_field or plain else f"{name}: {text}"
        )


def _messages(data: Data) -> Iterator[tuple[str, str]]:
    if not isinstance(data, Mapping):
        data = {"": data}
    for name, said in data.items():
        for text in _texts(said):
            yield str(name), text


def _texts(said: Data) -> Iterator[str]:
    if isinstance(said, Mapping):
        for key, inner in said.items():
            yield from (f"{key}: {text}" for text in _texts(inner))
    elif isinstance(said, list | tuple):
        for inner in said:
            yield from _texts(inner)
    else:
        yield str(said)
