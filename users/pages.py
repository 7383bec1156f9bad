"""Pages of an account: log in, see the key's age, make a new key, log in by a link."""

from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, View

from amara_api.pages import base_url
from amara_api.problems import problem
from users import keys, mail, services
from users.models import ApiKey, MailKind, User
from users.policies import may_log_in_by_link

_BACKEND = "django.contrib.auth.backends.ModelBackend"
# What comes by e-mail: a switch for all, and one for each kind of message.
MailForm = forms.modelform_factory(
    User,
    fields=("wants_mail", *(kind.switch for kind in MailKind)),
    help_texts={"wants_mail": ""},
)


class LoginPage(LoginView):
    template_name = "users/login.html"
    redirect_authenticated_user = True


class LogoutPage(LogoutView):
    pass


class AccountPage(LoginRequiredMixin, TemplateView):
    """Your account and its API key. POST makes a new key and shows it this once; with ``do=mail``
    it says which messages come by e-mail too."""

    template_name = "users/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        assert isinstance(user, User)
        shown = {
            "key": ApiKey.objects.filter(user=user).first(),
            "base_url": base_url(self.request),
            "mail": MailForm(instance=user),
        }
        return super().get_context_data(**{**shown, **kwargs})

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        if request.POST.get("do") == "mail":
            form = MailForm(request.POST, instance=request.user)
            if form.is_valid() and form.has_changed():
                changed = {name: form.cleaned_data[name] for name in form.changed_data}
                services.update_user(request.user, actor=request.user, **changed)
            return HttpResponseRedirect(reverse("account"))
        new_key = keys.issue_key(request.user, actor=request.user)
        response = render(request, self.template_name, self.get_context_data(new_key=new_key))
        response["Cache-Control"] = "no-store"
        return response


class AutoLogin(View):
    """Logs in whoever holds an unused link that is at most two hours old, once.

    The documentation of 2016, Creating Users, ``create_login_token``.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = keys.redeem_login_token(token)
        if user is None:
            response = problem(request, 403, "This link has been used, or is too old.")
        else:
            login(request, user, backend=_BACKEND)
            response = HttpResponseRedirect(self._destination(request))
        # The address is a secret until it is used.
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def _destination(request: HttpRequest) -> str:
        wanted = request.GET.get("next", "")
        here = {request.get_host()}
        if url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure()):
            return wanted
        return reverse("account")


class ConfirmEmail(View):
    """The link of a confirmation mail.

    It is how somebody whose account was made for them comes in: the first time, it logs in an
    account that has no password.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = mail.confirm(token)
        if user is None:
            return problem(request, 403, "This link is too old, or your address has changed since.")
        if user.confirmed_now and not user.has_usable_password() and may_log_in_by_link(user):
            login(request, user, backend=_BACKEND)
        return render(request, "users/confirmed.html", {"confirmed": user})


@method_decorator(csrf_exempt, name="dispatch")
class UnsubscribePage(View):
    """The link in every mail of a message: GET asks, POST stops mails of that kind.

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
        if stop and getattr(user, kind.switch):
            off: dict[str, Any] = {kind.switch: False}
            services.update_user(user, actor=user, **off)
        shown = {"account": user, "kind": kind.label, "on": getattr(user, kind.switch)}
        response = render(request, "users/unsubscribe.html", shown)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response
