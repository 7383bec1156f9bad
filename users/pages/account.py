"""What people see and change of their own account: a page for each part."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.generic import View

from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from amara_api.pages import base_url
from amara_api.problems import NOT_ALLOWED
from users import identities, keys, mail, openid, second_factor, services, sessions
from users.forms import (
    AddressForm,
    CodeForm,
    FactorForm,
    KeyForm,
    MailForm,
    PasswordForm,
    ProfileForm,
)
from users.logins import known_browser
from users.models import ApiKey, Identity, User
from users.pages.frame import landing, person_of, tell, unkept
from users.policies import may_edit_user

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar

    from django.http import HttpRequest

_NEW_FACTOR = "_new_factor"


class _Page(LoginRequiredMixin, View):
    """GET shows; POST does what ``do`` names, one of ``acts``, or what is ``usual``.

    Whoever came by a session that somebody else opened is refused by the services.
    """

    template = ""
    acts: ClassVar[dict[str, str]] = {}
    usual = ""

    @property
    def person(self) -> User:
        return person_of(self.request)

    def shown(self) -> dict[str, Data]:
        return {}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page()

    def post(self, request: HttpRequest) -> HttpResponse:
        name = self.acts.get(request.POST.get("do", self.usual))
        if name is None:
            return problem(request, 400, "Bad request.")
        act: Callable[[], HttpResponse] = getattr(self, name)
        try:
            return act()
        except NotAllowed as error:
            return problem(request, 403, str(error) or NOT_ALLOWED)

    def page(self, *, status: int = 200, **shown: Data) -> HttpResponse:
        everything = {**self.shown(), **shown}
        return unkept(render(self.request, self.template, everything, status=status))

    def back(self, done: str = "") -> HttpResponse:
        return HttpResponseRedirect(self.request.path + (f"?done={done}" if done else ""))


class ProfilePage(_Page):
    """Who you are to others, and your address."""

    template = "users/account/profile.html"
    acts: ClassVar = {"profile": "_save", "address": "_move", "again": "_ask_again"}

    def shown(self) -> dict[str, Data]:
        return {
            "form": ProfileForm(instance=self.person),
            "address": AddressForm(request=self.request),
            "done": self.request.GET.get("done", ""),
        }

    def _save(self) -> HttpResponse:
        form = ProfileForm(self.request.POST, instance=self.person)
        if not form.is_valid():
            return self.page(status=400, form=form)
        if form.has_changed():
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            services.update_user(self.person, actor=self.person, **changed)
        return self.back("saved")

    def _move(self) -> HttpResponse:
        form = AddressForm(self.request.POST, request=self.request)
        if not form.is_valid():
            return self.page(status=400, address=form)
        user, before = self.person, copy(self.person)
        try:
            services.update_user(user, actor=user, email=form.cleaned_data["email"])
            mail.tell_of_change(before, "Somebody has changed the e-mail address")
        except InvalidInput as error:
            tell(form, error)
            return self.page(status=400, address=form)
        return self.back("asked")

    def _ask_again(self) -> HttpResponse:
        if not may_edit_user(self.person, self.person):
            raise NotAllowed
        if self.person.email and not self.person.email_confirmed:
            mail.send_confirmation(self.person)
        return self.back("asked")


class PasswordPage(_Page):
    """Set or change the password; connect a provider's login."""

    template = "users/account/password.html"
    acts: ClassVar = {"set": "_set", "disconnect": "_disconnect"}
    usual = "set"

    def shown(self) -> dict[str, Data]:
        own = Identity.objects.filter(user=self.person).order_by("pk")
        return {
            "form": PasswordForm(request=self.request),
            "has_one": self.person.has_usable_password(),
            "welcome": bool(self.request.GET.get("welcome")),
            "landing": landing(self.person),
            "done": self.request.GET.get("done", ""),
            "offered": openid.is_offered(),
            "provider": settings.AMARA_OIDC_NAME,
            "identities": own,
        }

    def _set(self) -> HttpResponse:
        form = PasswordForm(self.request.POST, request=self.request)
        if not form.is_valid():
            return self.page(status=400, form=form)
        user = self.person
        try:
            services.update_user(user, actor=user, password=form.cleaned_data["password"])
            mail.tell_of_change(user, "Somebody has set another password")
        except InvalidInput as error:
            tell(form, error)
            return self.page(status=400, form=form)
        # All other sessions end with the old one.
        update_session_auth_hash(self.request, user)
        if self.request.GET.get("welcome"):
            return HttpResponseRedirect(landing(user))
        return self.back("set")

    def _disconnect(self) -> HttpResponse:
        number = self.request.POST.get("identity", "")
        try:
            if _is_number(number):
                identities.disconnect(self.person, int(number), actor=self.person)
        except InvalidInput as error:
            return self.page(status=400, refused=str(error.body))
        except NotThere:
            pass
        return self.back()


class FactorPage(_Page):
    """Turn the second factor on and off, and make other recovery codes."""

    template = "users/account/factor.html"
    acts: ClassVar = {"on": "_turn_on", "off": "_turn_off", "codes": "_other_codes"}

    def shown(self) -> dict[str, Data]:
        user = self.person
        shown = {"is_on": second_factor.is_on(user), "done": self.request.GET.get("done", "")}
        if shown["is_on"]:
            shown |= {"left": second_factor.codes_left(user), "form": CodeForm()}
            return shown
        secret = self._proposed()
        address = second_factor.uri(user, secret)
        shown |= {"form": FactorForm(request=self.request), "uri": address}
        shown |= {"secret": " ".join(_groups(secret)), "picture": _picture(address)}
        return shown

    def _turn_on(self) -> HttpResponse:
        form = FactorForm(self.request.POST, request=self.request)
        if not form.is_valid():
            return self.page(status=400, form=form)
        user = self.person
        try:
            codes = second_factor.turn_on(
                user, self._proposed(), form.cleaned_data["code"], actor=user
            )
        except Conflict:
            return self.back()
        except InvalidInput as error:
            tell(form, error)
            return self.page(status=400, form=form)
        self.request.session.pop(_NEW_FACTOR, None)
        update_session_auth_hash(self.request, user)
        self._tell("Somebody has turned on a second factor")
        return self.page(codes=codes, fresh=True)

    def _turn_off(self) -> HttpResponse:
        form = self._with_code()
        if not form.is_valid():
            return self.page(status=400, form=form)
        with suppress(NotThere):
            second_factor.turn_off(self.person, actor=self.person)
            self._tell("Somebody has turned off the second factor")
        return self.back("off")

    def _other_codes(self) -> HttpResponse:
        form = self._with_code()
        if not form.is_valid():
            return self.page(status=400, form=form)
        try:
            return self.page(codes=second_factor.new_recovery_codes(self.person, actor=self.person))
        except NotThere:
            return self.back()

    def _with_code(self) -> CodeForm:
        form, user = CodeForm(self.request.POST), self.person
        if form.is_valid() and not second_factor.accept(
            user, form.cleaned_data["code"], browser=known_browser(self.request, user)
        ):
            form.add_error("code", second_factor.WRONG)
        return form

    def _proposed(self) -> str:
        """The secret that the page shows, until it is on. It is kept sealed."""
        kept = self.request.session.get(_NEW_FACTOR, "")
        secret = second_factor.opened(bytes.fromhex(kept), self.person) if kept else None
        if secret is None:
            secret = second_factor.new_secret()
            sealed = second_factor.seal(secret, self.person)
            self.request.session[_NEW_FACTOR] = sealed.hex()
        return secret

    def _tell(self, what: str) -> None:
        mail.tell_of_change(self.person, what)


class SessionsPage(_Page):
    """Where you are logged in, and ending that. Nobody else sees it in a session they opened."""

    template = "users/account/sessions.html"
    acts: ClassVar = {"end": "_end", "others": "_end_others"}

    def get(self, request: HttpRequest) -> HttpResponse:
        if not (decision := may_edit_user(self.person, self.person)):
            return problem(request, 403, decision.reason)
        return self.page()

    def shown(self) -> dict[str, Data]:
        found = sessions.sessions_of(self.person, self.request.session.session_key)
        helpers = User.objects.in_bulk([each.helper for each in found if each.helper is not None])
        return {
            "sessions": [(each, helpers.get(each.helper or 0)) for each in found],
            "done": self.request.GET.get("done", ""),
        }

    def _end(self) -> HttpResponse:
        self._require()
        name = self.request.POST.get("session", "")
        sessions.end(self.person, name, self.request.session.session_key)
        return self.back("ended")

    def _end_others(self) -> HttpResponse:
        self._require()
        sessions.end_others(self.person, self.request.session.session_key)
        return self.back("ended")

    def _require(self) -> None:
        if not (decision := may_edit_user(self.person, self.person)):
            raise NotAllowed(decision.reason)


class KeysPage(_Page):
    """Your API keys. POST makes a key and shows it this once, since no form makes two;
    ``do=revoke`` ends the one that ``key`` names."""

    template = "users/account/keys.html"
    acts: ClassVar = {"make": "_make", "revoke": "_revoke"}
    usual = "make"

    def shown(self) -> dict[str, Data]:
        own = ApiKey.objects.filter(user=self.person)
        return {
            "keys": own.select_related("maker").order_by("pk"),
            "base_url": base_url(self.request),
            "key_form": KeyForm.fresh(),
        }

    def _make(self) -> HttpResponse:
        form = KeyForm(self.request.POST)
        if not form.is_valid():
            return self.page(status=400, key_form=form)
        try:
            made, key = keys.add_key(self.person, actor=self.person, **form.wanted)
        except Conflict:
            return self.page(told="That form has made its key already. Nothing was made now.")
        except InvalidInput as error:
            tell(form, error)
            return self.page(status=400, key_form=form)
        return self.page(new_key=key, made=made)

    def _revoke(self) -> HttpResponse:
        number = self.request.POST.get("key", "")
        own = ApiKey.objects.filter(user=self.person)
        key = own.filter(pk=number).first() if _is_number(number) else None
        if key is not None:
            # Revoked in another window at this moment: that is what was wanted.
            with suppress(NotThere):
                keys.revoke_key(key, actor=self.person)
        return self.back()


class MailPage(_Page):
    """Which messages come by e-mail too."""

    template = "users/account/mail.html"
    acts: ClassVar = {"mail": "_choose"}
    usual = "mail"

    def shown(self) -> dict[str, Data]:
        return {"mail": MailForm(instance=self.person), "done": self.request.GET.get("done", "")}

    def _choose(self) -> HttpResponse:
        form = MailForm(self.request.POST, instance=self.person)
        if form.is_valid() and form.has_changed():
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            services.update_user(self.person, actor=self.person, **changed)
        return self.back("saved")


def _groups(secret: str) -> list[str]:
    return [secret[place : place + 4] for place in range(0, len(secret), 4)]


def _picture(address: str) -> str:
    """A QR code as an address of a picture, dark on light whatever the colours of the page."""
    # Loaded by the first page that shows one.
    import segno

    made: str = segno.make(address, error="m").svg_data_uri(scale=5, light="white", dark="black")
    return made


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18
