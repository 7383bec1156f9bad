"""Coming in: by password, with a code, by a provider; and going."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from amara_api.kernel import site
from amara_api.kernel.errors import Conflict, NotAllowed
from amara_api.kernel.problems import problem
from amara_api.problems import NOT_ALLOWED
from users import identities, openid
from users.entering import Entry, enter, go_on, who_enters
from users.forms import CodeForm, LoginForm
from users.models import User
from users.openid import ProviderError
from users.pages.frame import destination, person_of, unkept
from users.second_factor import WRONG

if TYPE_CHECKING:
    from django.contrib.auth.forms import AuthenticationForm

_ASKED = "_asked_provider"
_log = logging.getLogger(__name__)


class LoginPage(LoginView):
    template_name = "users/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        return enter(self.request, user, Entry(self._to(user), themselves=True))

    def get_default_redirect_url(self) -> str:
        return self._to(person_of(self.request))

    def _to(self, user: User) -> str:
        return destination(self.request, self.get_redirect_url(), user)


class LogoutPage(LogoutView):
    pass


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin has no login of its own: the one page asks for the second factor too."""
    if request.user.is_authenticated:
        return problem(request, 403, "This account may not use the admin. Log out first.")
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


class CodePage(View):
    """The second step of a login."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        if form.is_valid():
            done = go_on(request, form.cleaned_data["code"])
            if done is not None:
                return done
            form.add_error("code", WRONG)
        return self._page(request, form, status=400)

    def _page(self, request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
        user = who_enters(request)
        if user is None:
            return HttpResponseRedirect(reverse("login"))
        shown = {"form": form, "account": user}
        return unkept(render(request, "users/code.html", shown, status=status))


# --- by a provider -------------------------------------------------------------------------------


class ToProvider(View):
    """The button that leads to the provider; ``connect`` is that of somebody who is logged in.

    The answer is a page that leads on by itself. A redirect would be held to be the form's, which
    the content policy keeps here.
    """

    def post(self, request: HttpRequest) -> HttpResponse:
        if not openid.is_offered():
            raise Http404
        connects = bool(request.POST.get("connect")) and request.user.is_authenticated
        try:
            address, kept = openid.start(_back(request))
        except ProviderError as error:
            return _failed(request, error)
        account = str(request.user.pk) if connects else ""
        asked = {**kept, "next": request.POST.get("next", ""), "account": account}
        request.session[_ASKED] = asked
        return unkept(render(request, "users/to_provider.html", {"address": address}))


class BackFromProvider(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        if not openid.is_offered():
            raise Http404
        kept: dict[str, str] = request.session.pop(_ASKED, {})
        try:
            claims = openid.finish(request.GET.dict(), kept, _back(request))
        except ProviderError as error:
            return _failed(request, error)
        try:
            if kept["account"]:
                return self._connect(request, claims, kept["account"])
            return self._enter(request, claims, kept["next"])
        except (NotAllowed, Conflict) as error:
            return problem(request, 403, str(error) or NOT_ALLOWED)

    @staticmethod
    def _connect(request: HttpRequest, claims: openid.Claims, account: str) -> HttpResponse:
        # Somebody else may have logged in here meanwhile.
        if not request.user.is_authenticated or str(request.user.pk) != account:
            return problem(request, 403, "Log in again, and connect once more.")
        user = person_of(request)
        identities.connect(user, claims, actor=user)
        return HttpResponseRedirect(reverse("account-password"))

    @staticmethod
    def _enter(request: HttpRequest, claims: openid.Claims, wanted: str) -> HttpResponse:
        user = identities.account_of(claims) or identities.same_person(claims)
        if user is None and identities.may_sign_up():
            user = identities.sign_up(claims)
        if user is None or not user.is_active:
            return problem(
                request,
                403,
                "No account here belongs to this login. If you have one, log in with its password "
                "first, and connect it under Password, on your account page.",
            )
        to = destination(request, wanted, user)
        return enter(request, user, Entry(to, themselves=True, claims=claims))


def _back(request: HttpRequest) -> str:
    return site.address(request) + reverse("from-provider")


def _failed(request: HttpRequest, error: ProviderError) -> HttpResponse:
    _log.warning("Nobody is logged in by %s: %s.", settings.AMARA_OIDC_NAME, error)
    return problem(
        request, 403, "This login did not work. Try again; the operator's log says why it failed."
    )
