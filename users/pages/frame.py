"""What the pages of accounts share: where people land, and pages that nobody may keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from amara_api.kernel.errors import DomainError, InvalidInput, sentences

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest

    from users.models import User

Response = TypeVar("Response", bound=HttpResponseBase)


def landing(user: User) -> str:
    """Where somebody is after a login that was not on the way to anywhere: at their work."""
    return reverse("my-work")


def destination(request: HttpRequest, wanted: str, user: User) -> str:
    """``wanted`` if it is an address of this server, else where they land."""
    here = {request.get_host()}
    if url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure()):
        return wanted
    return landing(user)


def secret(response: Response) -> Response:
    """Of a page whose address is a secret."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def unkept(response: Response) -> Response:
    """Of a page that shows a secret."""
    response["Cache-Control"] = "no-store"
    return response


def person_of(request: HttpRequest) -> User:
    from users.models import User

    user = request.user
    assert isinstance(user, User)
    return user


def tell(form: Form, error: DomainError) -> None:
    """Put the reasons of a refusal beside the fields they are about."""
    body = error.body if isinstance(error, InvalidInput) else None
    if isinstance(body, dict) and set(body) <= set(form.fields):
        for name, reasons in body.items():
            form.add_error(name, list(reasons))
    else:
        form.add_error(None, sentences(error))
