"""A parameter is what Django says it is, however the address is written."""

from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from amara_api.kernel.rest.parameters import parameter

_PIECES = st.sampled_from(
    [
        *(
            "format",
            "form",
            "at",
            "=",
            "&",
            ";",
            "srt",
            "+",
            "%20",
            "%66ormat",
            "%3D",
            "%26",
            "%",
            "#",
        )
    ]
    + ["\u00e9", "%C3%A9", "%FF", " ", "\t", "?"]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
@example("format=srt&format=vtt&n=1")
@example("format")
@example("xformat=srt")
@example("&&format=&=1")
def test_it_is_what_django_says(query: str) -> None:
    request = RequestFactory().get("/api/languages/")
    # As servers hand it over: the bytes of the address.
    request.META["QUERY_STRING"] = query.encode().decode("latin-1")
    assert parameter(request, "format") == request.GET.get("format")
