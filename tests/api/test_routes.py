"""An address of the API leads where Django's own way of looking for it would lead."""

from __future__ import annotations

import string

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, path
from hypothesis import given
from hypothesis import strategies as st

from amara_api.kernel.intake.wsgi import Django
from amara_api.kernel.rest.routes import Routes

ROUTES = [each for each in get_resolver().url_patterns if isinstance(each, Routes)]
# Of all routes, and what may stand in place of names.
WORDS = sorted(
    {
        part
        for routes in ROUTES
        for route in routes.url_patterns
        for part in str(route.pattern).split("/")
        if part.isascii() and not set(part) & set("<>^$\\*")
    }
)
PARTS = st.sampled_from([*WORDS, "1", "en", "id$abc", "x y"]) | st.text(
    string.ascii_letters + "-_%é\x00", max_size=3
)


def _by_django(routes: Routes, path: str) -> ResolverMatch | None:
    try:
        return URLResolver.resolve(routes, path)
    except Resolver404:
        return None


def _found(routes: Routes, path: str) -> ResolverMatch | None:
    try:
        return routes.resolve(path)
    except Resolver404:
        return None


def _told(match: ResolverMatch | None) -> object:
    if match is None:
        return None
    names = match.url_name, match.app_names, match.namespaces, match.route
    return match.func, match.args, match.kwargs, match.captured_kwargs, names


def test_there_are_two_prefixes():
    assert [str(each.pattern) for each in ROUTES] == ["api/", "api2/partners/"]


@pytest.mark.parametrize("routes", ROUTES, ids=lambda each: str(each.pattern))
@given(parts=st.lists(PARTS, max_size=8), end=st.sampled_from(["", "/", "//"]))
def test_a_made_up_address(routes: Routes, parts: list[str], end: str):
    address = f"{routes.pattern}{'/'.join(parts)}{end}"
    assert _told(_found(routes, address)) == _told(_by_django(routes, address))


@pytest.mark.parametrize("routes", ROUTES, ids=lambda each: str(each.pattern))
def test_each_route(routes: Routes):
    """With something in the place of each of its names, it or one before it is found."""
    found = set()
    for route in routes.url_patterns:
        parts = ["7" if "<" in part else part for part in str(route.pattern).split("/")]
        address = f"{routes.pattern}{'/'.join(parts)}"
        match = _by_django(routes, address)
        assert _told(_found(routes, address)) == _told(match), address
        found.add(match and match.func)
    # It is no test if all are found in one place.
    assert len(found) > 40


def test_what_is_kept_is_what_would_be_found():
    """Asked twice, also where something else was asked in between and nothing was found."""
    django, root = Django(), get_resolver()

    def kept(path: str) -> ResolverMatch | None:
        try:
            return django.resolve_request(RequestFactory().get(path))
        except Resolver404:
            return None

    # Too long to be kept.
    long = f"/api/teams/{'x' * 100}/projects/{'y' * 100}/{'z' * 100}/"
    paths = ["/api/languages/", "/api/videos/abc/", "/api/videos/abd/", "/nothing/", "/", long]
    for each in (*paths, *paths):
        try:
            plain = root.resolve(each)
        except Resolver404:
            plain = None
        assert _told(kept(each)) == _told(plain), each
    request = RequestFactory().get("/api/languages/")
    request.urlconf = "tests.api.test_routes"
    assert django.resolve_request(request).func is _elsewhere


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """The view of another table of routes."""
    return HttpResponse()


urlpatterns = [path("api/languages/", _elsewhere)]
