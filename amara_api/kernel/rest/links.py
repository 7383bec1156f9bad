"""Links as answers print them: absolute, inside the prefix the request came in by.

Plain string work, because a listing prints several hundred of them and ``reverse()`` costs more
than the query. A test holds every route against ``reverse()``.
"""

from urllib.parse import quote

from django.http import HttpRequest

from amara_api.kernel.rest.parameters import parameter

# What a path segment may hold unescaped; user identifiers carry ``$`` and ``@``.
_SAFE = "$@+!*'(),:;=~"


class Links:
    """Call with a path below the prefix: ``links("videos/abc/")``.

    A request that asked for ``?format=json`` gets that on every link too: clients rewrite it to
    fetch another format of the same thing.
    """

    __slots__ = ("base", "site", "suffix")

    def __init__(self, site: str, prefix: str, output_format: str | None = None) -> None:
        self.site = site
        self.base = f"{site}{prefix}"
        self.suffix = f"?format={quote(output_format, safe='')}" if output_format else ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Links":
        match = request.resolver_match
        prefix = "/api2/partners/" if match and "partners" in match.namespaces else "/api/"
        site = f"{request.scheme}://{request.get_host()}"
        return cls(site, prefix, parameter(request, "format"))

    def __call__(self, path: str) -> str:
        return f"{self.base}{path}{self.suffix}"


def segment(text: str) -> str:
    """``text`` as one path segment."""
    return quote(text, safe=_SAFE)
