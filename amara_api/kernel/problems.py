"""An error outside any view of the API: JSON for programs, a short page for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from amara_api.kernel.wire import json_

TITLES = {
    400: "Bad request",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    408: "Too slow",
    409: "Changed meanwhile",
    413: "Too large",
    414: "Too long an address",
    429: "Too often",
    500: "Something went wrong on the server",
    503: "Not available",
}
# What programs are told in the words of the documentation, put for people.
FOR_PEOPLE = {
    "Not found.": "There is nothing at this address, or nothing that you may see.",
    "Bad request.": "The server could not make sense of what your browser sent.",
}


def problem(
    request: HttpRequest, status: int, detail: str, *, wait: int | None = None
) -> HttpResponse:
    """Programs get ``{"detail": ...}``, browsers asking for HTML outside the API a page.

    ``wait`` is after how many seconds trying again may help.
    """
    response = _problem(request, status, detail)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def _problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if request.path.startswith("/api") or not wants_html(request):
        body = json_.dumps({"detail": detail}, newline=True)
        response = HttpResponse(body, content_type="application/json", status=status)
        # Whether or not anybody looked who asks: what is hidden would be told from what is unknown.
        patch_vary_headers(response, ["Cookie"])
        return response
    context = {"title": TITLES.get(status, "Error"), "detail": FOR_PEOPLE.get(detail, detail)}
    # A broken server may be unable to say who is logged in: then the page does not ask.
    whose = request if status < 500 else None
    return render(whose, "problem.html", context, status=status)


def wants_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"
