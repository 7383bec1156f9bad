"""Pages about the server itself."""

from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.generic import TemplateView


class HomePage(TemplateView):
    """What this server is, and where to go."""

    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(base_url=base_url(self.request), **kwargs)


def base_url(request: HttpRequest) -> str:
    """What a command has to put before a path to reach the server the way this request did."""
    return request.build_absolute_uri("/").rstrip("/")


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the server can do its work; for load balancers. Says nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
