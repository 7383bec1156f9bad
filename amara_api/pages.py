"""Pages about the server itself."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from amara_api import installation
from amara_api.kernel import figures
from amara_api.kernel.callers import address_of
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from teams.services.delivery import state_of_deliveries


class HomePage(TemplateView):
    """What this server is, and where to go."""

    template_name = "home.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        return super().get_context_data(base_url=base_url(self.request), **kwargs)


def base_url(request: HttpRequest) -> str:
    """What a command has to put before a path to reach the server the way this request did."""
    return request.build_absolute_uri("/").rstrip("/")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the server can do its work; for load balancers. Says nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests may be sent here: the database answers, and its tables are as this release
    needs them. A server that stops takes no connection any more."""
    try:
        if not _is_up_to_date():
            return JsonResponse({"status": "not up to date"}, status=503)
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "no database"}, status=503)
    return healthz(request)


_up_to_date = False


def _is_up_to_date() -> bool:
    """Tables that were once up to date stay so while the process lives: it has one release."""
    global _up_to_date
    _up_to_date = _up_to_date or not installation.behind()
    return _up_to_date


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever has the token or asks from where they are meant for."""
    if not figures.are_kept():
        raise Http404
    if not _may_read_figures(request):
        return problem(request, 403, "Send the token of AMARA_METRICS_TOKEN as a bearer token.")
    state = state_of_deliveries()
    body, kind = figures.printed(
        {
            "amara_deliveries_waiting": ("Events that wait to be posted.", state.waiting),
            "amara_deliveries_failing": ("Of them, those that have failed before.", state.failing),
            "amara_deliveries_oldest_seconds": (
                "How long the oldest has been due.",
                state.overdue.total_seconds(),
            ),
        }
    )
    response = HttpResponse(body, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read_figures(request: HttpRequest) -> bool:
    token = settings.AMARA_METRICS_TOKEN
    sent = request.META.get("HTTP_AUTHORIZATION", "")
    if token and constant_time_compare(sent, f"Bearer {token}"):
        return True
    address = address_of(request)
    if not address or (not settings.AMARA_BEHIND_PROXY and _came_through_a_proxy(request)):
        return False
    return any(ip_address(address) in ip_network(each) for each in settings.AMARA_METRICS_FROM)


def _came_through_a_proxy(request: HttpRequest) -> bool:
    """Then the address is the proxy's own, which may be one that the figures are meant for."""
    return any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"))
