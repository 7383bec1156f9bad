"""Forms of the pages of accounts; the one that asks for an API key is the admin's too."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from amara_api.kernel.shapes import Data
from users.hashers import MAX_PASSWORD
from users.models import LABEL_LENGTH, ApiKey, MailKind, User

if TYPE_CHECKING:
    from django.http import HttpRequest

    from users.keys import KeyFields


class KeyForm(forms.Form):
    """``once`` is another one in each form, so that sending a form again makes no second key."""

    label = forms.CharField(
        max_length=LABEL_LENGTH, required=False, help_text="What it is for, to know it again."
    )
    scope = forms.ChoiceField(choices=ApiKey.Scope.choices, required=False, label="It")
    last_day = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Afterwards it is refused. Without one it works until it is revoked.",
    )
    once = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    @classmethod
    def fresh(cls) -> KeyForm:
        return cls(initial={"once": secrets.token_hex(16), "scope": ApiKey.Scope.ALL})

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day < timezone.now().date():
            raise forms.ValidationError("This day has passed.")
        if day == date.max:
            raise forms.ValidationError("Leave it empty for a key that does not expire.")
        return day

    @property
    def wanted(self) -> KeyFields:
        """What `users.keys.add_key` is told."""
        given = self.cleaned_data
        day: date | None = given["last_day"]
        # Through the day, by UTC.
        midnight = None
        if day is not None:
            midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
        return {
            "label": given["label"],
            "scope": given["scope"] or ApiKey.Scope.ALL,
            "expires": midnight,
            "once": given["once"] or None,
        }


# --- coming in -----------------------------------------------------------------------------------

MIN_PASSWORD = 8
_LONGEST_NAME = 254


class LoginForm(AuthenticationForm):
    """By name or by address; `users.logins.GuardedBackend` knows both."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": (
            "Please enter a correct username and password. An address works in place of the name "
            "if it is confirmed and no other account has it."
        ),
    }

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.label = "User name or e-mail address"
        name.widget.attrs |= {"maxlength": _LONGEST_NAME, "spellcheck": "false"}


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        label="Code",
        help_text="Six digits that your app shows, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


class NewPassword(forms.Form):
    """A password, twice. ``name`` is only for programs that remember passwords."""

    password = forms.CharField(
        min_length=MIN_PASSWORD,
        max_length=MAX_PASSWORD,
        strip=False,
        label="New password",
        help_text=f"At least {MIN_PASSWORD} signs. A long one that you use nowhere else is best.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        max_length=MAX_PASSWORD,
        strip=False,
        label="The same again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Data] | None:
        cleaned = super().clean()
        if cleaned and "password" in cleaned and cleaned["password"] != cleaned.get("again"):
            self.add_error("again", "The two are not the same.")
        return cleaned


class CurrentPassword(forms.Form):
    """Asked before something that would hand the account over; nothing where there is none."""

    current = forms.CharField(
        max_length=MAX_PASSWORD,
        strip=False,
        label="Your password now",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Data, request: HttpRequest, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        assert isinstance(request.user, User)
        self.user = request.user
        if not self.user.has_usable_password():
            del self.fields["current"]

    def clean_current(self) -> str:
        # Counted as a login: a session that was left open is no way to guess the password.
        given: str = self.cleaned_data["current"]
        found = authenticate(self.request, username=self.user.get_username(), password=given)
        if found is None or found.pk != self.user.pk:
            raise forms.ValidationError("That is not your password.")
        return given


class PasswordForm(CurrentPassword, NewPassword):
    field_order = ("current", "password", "again")


class FactorForm(CurrentPassword, CodeForm):
    field_order = ("code", "current")


class AddressForm(CurrentPassword):
    email = forms.EmailField(
        max_length=254,
        label="New e-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("email", "current")


class ResetForm(NewPassword):
    """``code`` where the account has a second factor: a mailbox alone opens nothing of it."""

    field_order = ("password", "again", "code")

    def __init__(self, *args: Data, asks_code: bool, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        if asks_code:
            self.fields["code"] = CodeForm().fields["code"]


class ForgottenForm(forms.Form):
    whose = forms.CharField(
        max_length=_LONGEST_NAME,
        label="User name or e-mail address",
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SignUpForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        label="Your e-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class NewAccountForm(NewPassword):
    username = forms.CharField(
        max_length=30,
        label="User name",
        help_text="Others see it. Letters, digits and _ - @ . + are possible.",
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    field_order = ("username", "password", "again")


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    homepage = forms.URLField(
        max_length=500,
        required=False,
        label="Your page",
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )

    class Meta:
        model = User
        fields = ("full_name", "biography", "homepage")
        labels = {"full_name": "Your name", "biography": "About you"}
        help_texts = {"full_name": ""}
        widgets = {
            "biography": forms.Textarea(attrs={"rows": 4, "maxlength": 20_000}),
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
        }


# What comes by e-mail: a switch for all, and one for each kind of message.
MailForm = forms.modelform_factory(
    User,
    fields=("wants_mail", "mails_daily", *(kind.switch for kind in MailKind)),
    help_texts={"wants_mail": "", "mails_daily": ""},
)
