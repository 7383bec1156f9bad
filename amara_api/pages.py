"""Pages about the server itself."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.generic import TemplateView


class HomePage(TemplateView):
    """What this server is, and where to go."""

    template_name = "home.html"


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the server can do its work; for load balancers. Says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
