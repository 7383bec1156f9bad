"""Links in mails and of programs: log in, confirm an address, another password, a new account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from amara_api.kernel.callers import caller_of
from amara_api.kernel.credentials import SESSION_HELPER
from amara_api.kernel.errors import DomainError, NotAllowed
from amara_api.kernel.limits import guarded
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import standing
from users import keys, mail, second_factor, services
from users.entering import Entry, enter
from users.forms import ForgottenForm, NewAccountForm, ResetForm, SignUpForm
from users.logins import account_named, accounts_at, known_browser
from users.models import User
from users.pages.frame import destination, landing, secret, tell
from users.policies import may_log_in_by_link

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

TOO_OLD = "This link has been used, or is too old."


class _Link(View):
    """A link that does something for whoever holds it. Mail programs and browsers fetch links
    before anybody has read them, so GET and HEAD only ask; the button posts.

    The form has the usual token, so that no other site presses the button, and the page says whose
    account it is.
    """

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        # The address is a secret.
        return secret(super().dispatch(request, *args, **kwargs))

    def ask(self, **shown: Data) -> HttpResponse:
        return render(self.request, "users/press.html", shown)

    def refused(self) -> HttpResponse:
        return problem(self.request, 403, TOO_OLD)


class AutoLogin(_Link):
    """Logs in whoever holds an unused link that is at most two hours old, once.

    The documentation of 2016, Creating Users, ``create_login_token``.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = keys.whom_logs_in(token)
        return self.refused() if user is None else self.ask(account=user, logs_in=True)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        user = keys.redeem_login_token(token)
        if user is None:
            return self.refused()
        to = destination(request, request.GET.get("next", ""), user)
        return enter(request, user, Entry(to))


class ConfirmEmail(_Link):
    """The link of a confirmation mail.

    It is how somebody whose account was made for them comes in: the first time, it logs in an
    account that has no password, and asks for one.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = mail.whose(token)
        if user is None:
            return self.refused()
        if user.email_confirmed:
            return render(request, "users/confirmed.html", {"confirmed": user})
        return self.ask(account=user, confirms=True, logs_in=self._logs_in(user))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        user = mail.confirm(token)
        if user is None:
            return self.refused()
        if user.confirmed_now and self._logs_in(user):
            return enter(request, user, Entry(f"{reverse('account-password')}?welcome=1"))
        if user.confirmed_now and request.user.pk == user.pk:
            # Whoever opened this session for them: it is the person who sits here.
            request.session.pop(SESSION_HELPER, None)
        return HttpResponseRedirect(request.path)

    def refused(self) -> HttpResponse:
        return problem(
            self.request, 403, "This link is too old, or your address has changed since."
        )

    @staticmethod
    def _logs_in(user: User) -> bool:
        return not user.has_usable_password() and bool(may_log_in_by_link(user))


# --- a forgotten password ------------------------------------------------------------------------


class ForgottenPage(View):
    """Asks for a mail with a link. What it answers tells nobody who has an account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "users/forgotten.html", {"form": ForgottenForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ForgottenForm(request.POST)
        if not form.is_valid():
            return render(request, "users/forgotten.html", {"form": form}, status=400)
        _count(request, form.cleaned_data["whose"])
        self._send(form.cleaned_data["whose"])
        return render(request, "users/forgotten.html", {"sent": True})

    @staticmethod
    def _send(whose: str) -> None:
        named = account_named(whose)
        if named is None or named.username.lower() != whose.lower():
            people = list(accounts_at(whose)[:10]) if "@" in whose else []
        else:
            # A name may look like an address.
            people = [named] if named.is_active and named.email_confirmed and named.email else []
        mail.send_resets(people, whose)


class ResetPage(_Link):
    """Another password, for whoever holds the link, and has the second factor if there is one."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = self._whose(token)
        if user is None:
            return self.refused()
        return self._page(user, ResetForm(asks_code=second_factor.is_on(user)))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        user = self._whose(token)
        if user is None:
            return self.refused()
        form = ResetForm(request.POST, asks_code=second_factor.is_on(user))
        if not form.is_valid():
            return self._page(user, form, status=400)
        if "code" in form.fields and not second_factor.accept(
            user, form.cleaned_data["code"], browser=known_browser(request, user)
        ):
            form.add_error("code", second_factor.WRONG)
            return self._page(user, form, status=400)
        try:
            with standing(partial(self._still, token)):
                services.update_user(user, actor=user, password=form.cleaned_data["password"])
            mail.tell_of_change(user, "Somebody has set another password")
        except NotAllowed:
            return self.refused()
        except DomainError as error:
            tell(form, error)
            return self._page(user, form, status=400)
        return HttpResponseRedirect(reverse("login") + "?set=1")

    def _still(self, token: str) -> None:
        """Hashing takes its time: the link may have been used, and ended, meanwhile."""
        if self._whose(token) is None:
            raise NotAllowed(TOO_OLD)

    def _page(self, user: User, form: ResetForm, status: int = 200) -> HttpResponse:
        shown = {"form": form, "account": user}
        return render(self.request, "users/reset.html", shown, status=status)

    @staticmethod
    def _whose(token: str) -> User | None:
        user = mail.who_resets(token)
        if user is None:
            return None
        # What staff can do lies in no mailbox.
        powerful = user.is_staff or user.is_superuser
        return None if powerful and not second_factor.is_on(user) else user


# --- signing up ----------------------------------------------------------------------------------


class SignUpPage(View):
    """Asks for a mail with a link, where the operator lets strangers make accounts."""

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if not settings.AMARA_SIGN_UP:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "users/sign_up.html", {"form": SignUpForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignUpForm(request.POST)
        if not form.is_valid():
            return render(request, "users/sign_up.html", {"form": form}, status=400)
        _count(request, form.cleaned_data["email"])
        mail.send_sign_up(form.cleaned_data["email"])
        return render(request, "users/sign_up.html", {"sent": True})


class SignUpLinkPage(_Link):
    """A name and a password for a new account, whose address the link has confirmed."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        address = self._address(token)
        return self.refused() if address is None else self._page(address, NewAccountForm())

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        address = self._address(token)
        if address is None:
            return self.refused()
        form = NewAccountForm(request.POST)
        if not form.is_valid():
            return self._page(address, form, status=400)
        # Or the page would tell, as often as one asks, which names are taken.
        guarded.count("asked-by-address", caller_of(request))
        try:
            with standing(partial(self._once, token)):
                user, _ = services.create_user(
                    actor=None,
                    username=form.cleaned_data["username"],
                    password=form.cleaned_data["password"],
                    invited=True,
                    email=address,
                    email_confirmed=True,
                )
        except NotAllowed:
            return self.refused()
        except DomainError as error:
            tell(form, error)
            return self._page(address, form, status=400)
        return enter(request, user, Entry(landing(user), themselves=True))

    @staticmethod
    def _once(token: str) -> None:
        """The button may be pressed twice, and each press has a name of its own."""
        if not mail.use_up(token):
            raise NotAllowed(TOO_OLD)

    def _page(self, address: str, form: NewAccountForm, status: int = 200) -> HttpResponse:
        shown = {"form": form, "address": address}
        return render(self.request, "users/new_account.html", shown, status=status)

    @staticmethod
    def _address(token: str) -> str | None:
        return mail.who_signs_up(token) if settings.AMARA_SIGN_UP else None


def _count(request: HttpRequest, whose: str) -> None:
    """Before anybody is looked up: a limit must not tell who has an account either."""
    guarded.count("asked-by-address", caller_of(request))
    guarded.count("mails-to-address", "asked for", whose.lower())


# --- mails that nobody wants ---------------------------------------------------------------------


@method_decorator(csrf_exempt, name="dispatch")
class UnsubscribePage(View):
    """The link in every mail of a message: GET asks, POST stops mails of that kind.
    The link of a digest stops all kinds.

    Mail providers post here too, for people who are not logged in (RFC 8058). The link's signature
    says who and what, so no form's token is needed.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, stop=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, stop=True)

    @staticmethod
    def _answer(request: HttpRequest, token: str, *, stop: bool) -> HttpResponse:
        found = mail.unsubscriber(token)
        if found is None:
            return problem(request, 404, "This link is none that this server has sent.")
        user, kind = found
        switch = "wants_mail" if kind is None else kind.switch
        if stop and getattr(user, switch):
            off: dict[str, Data] = {switch: False}
            services.update_user(user, actor=user, **off)
        shown = {
            "account": user,
            "kind": "All messages that come by mail" if kind is None else kind.label,
            "on": getattr(user, switch),
        }
        return secret(render(request, "users/unsubscribe.html", shown))
