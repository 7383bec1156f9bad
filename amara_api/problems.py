"""Errors that happen outside any view: JSON for programs, a short page for people."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

TITLES = {
    400: "Bad request",
    403: "Not allowed",
    404: "Not found",
    413: "Too large",
    500: "Something went wrong on the server",
}
# What programs are told in the words of the documentation, put for people.
FOR_PEOPLE = {
    "Not found.": "There is nothing at this address, or nothing that you may see.",
    "Bad request.": "The server could not make sense of what your browser sent.",
}


def problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Programs get ``{"detail": ...}``, browsers asking for HTML outside the API a page."""
    if request.path.startswith("/api") or not _wants_html(request):
        return JsonResponse({"detail": detail}, status=status)
    context = {"title": TITLES.get(status, "Error"), "detail": FOR_PEOPLE.get(detail, detail)}
    # A broken server may be unable to say who is logged in: then the page does not ask.
    whose = request if status < 500 else None
    return render(whose, "problem.html", context, status=status)


def _wants_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, "Bad request.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 403, "You do not have permission to perform this action.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request, 403, "This form is too old, or came from another site. Go back and try again."
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 404, "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(request, 500, "The server failed to answer. The operator's log says why.")
