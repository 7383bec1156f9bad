"""The parsers and renderers in a view: whatever is sent, the answer is data and never a page."""

import gzip
import io
import json
import logging

import pytest
import yaml
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes, renderer_classes
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from amara_api.kernel.intake import body
from amara_api.kernel.rest import parsers, renderers
from amara_api.kernel.wire import json_, xml_, yaml_

urlpatterns: list[object] = []
pytestmark = pytest.mark.urls(__name__)

PARSERS = [
    parsers.JSONParser,
    parsers.XMLParser,
    parsers.TextXMLParser,
    parsers.YAMLParser,
    parsers.XYAMLParser,
    parsers.TextYAMLParser,
    parsers.FormParser,
    parsers.MultiPartParser,
]
RENDERERS = [
    renderers.JSONRenderer,
    renderers.BrowsableRenderer,
    renderers.YAMLRenderer,
    renderers.XMLRenderer,
]


class Quiet(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = PARSERS
    renderer_classes = RENDERERS
    exception_handler = None

    def get_exception_handler(self):
        from rest_framework.views import exception_handler

        return exception_handler


class Echo(Quiet):
    def post(self, request):
        return Response({"data": request.data, "files": sorted(request.FILES)})


def send(content: bytes, content_type: str, view=Echo, **headers: str):
    request = APIRequestFactory().generic(
        "POST", "/api/echo/", content, content_type=content_type, headers=headers
    )
    response = view.as_view()(request)
    response.render()
    return response


def multipart(*parts: tuple[str, str], boundary: str = "b") -> bytes:
    lines = [
        f"--{boundary}\r\nContent-Disposition: form-data; {h}\r\n\r\n{v}\r\n" for h, v in parts
    ]
    return ("".join(lines) + f"--{boundary}--\r\n").encode()


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b'{"code": "no"}', "application/json", {"code": "no"}),
        ('{"code": "né"}'.encode("latin-1"), "application/json; charset=latin-1", {"code": "né"}),
        (b"[1]", "application/json", [1]),
        (b" \n", "application/json", {}),
        (b"code: no", "application/yaml; charset=utf-8", {"code": "no"}),
        (b"code: no", "application/x-yaml", {"code": "no"}),
        (b"code: no", "text/yaml", {"code": "no"}),
        (b"<r><code>no</code></r>", "application/xml", {"code": "no"}),
        (b"<r><code>no</code></r>", "text/xml", {"code": "no"}),
        (b"code=fr&code=no", "application/x-www-form-urlencoded", {"code": "no"}),
        (
            multipart(('name="code"', "fr"), ('name="code"', "no")),
            "multipart/form-data; boundary=b",
            {"code": "no"},
        ),
    ],
)
def test_bodies_of_every_type_are_read(content, content_type, expected) -> None:
    seen = []

    class Seen(Echo):
        def post(self, request):
            seen.append(request.data)
            return Response()

    assert send(content, content_type, Seen).status_code == 200
    data = seen[0]
    assert (data.dict() if hasattr(data, "dict") else data) == expected


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
FIELDS = [(f'name="f{i}"', "x") for i in range(10_000)]
FILES = [(f'name="f{i}"; filename="x"', "x") for i in range(1_000)]


@pytest.mark.parametrize(
    ("content", "content_type", "headers", "status"),
    [
        (b"{", "application/json", {}, 400),
        (b"[" * 100_000, "application/json", {}, 400),
        (b"{}", "application/json; charset=zlib_codec", {}, 400),
        (b"{}", "application/json; charset=klingon", {}, 400),
        (b"<!DOCTYPE a><a/>", "application/xml", {}, 400),
        (b"!!python/object/apply:os.system [x]", "application/yaml", {}, 400),
        (b"&".join(b"f%d=x" % i for i in range(2_000)), FORM, {}, 400),
        (b"a%00=x", FORM, {}, 400),
        (b"a=%00", FORM, {}, 400),
        (b"a=x", f"{FORM}; charset=utf-7", {}, 400),
        (b"a=x", f"{FORM}; charset=utf-16", {}, 400),
        (b"junk", "multipart/form-data", {}, 400),
        (multipart(), f"multipart/form-data; boundary={'b' * 220}", {}, 400),
        (multipart(*FIELDS), PARTS, {}, 400),
        (multipart(*FILES), PARTS, {}, 400),
        (multipart(('name="a\0"', "x")), PARTS, {}, 400),
        (multipart(('name="a\0"; filename="x"', "x")), PARTS, {}, 400),
        (multipart(('name="a"', "\0")), PARTS, {}, 400),
        (multipart(("x" * 5_000, "\0")), PARTS, {}, 400),
        (gzip.compress(b"{}", mtime=0), "application/json", {"content-encoding": "gzip"}, 415),
        (gzip.compress(b"a=b", mtime=0), FORM, {"content-encoding": "gzip"}, 415),
        (multipart(), PARTS, {"content-encoding": "br"}, 415),
        (b"{}", "application/json", {"content-encoding": "identity"}, 200),
        (multipart(('name="f"; filename="../../x"', "x")), PARTS, {}, 200),
        (b"x", "image/png", {}, 415),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/yaml", "application/xml"])
def test_a_bad_body_is_answered_in_data(content, content_type, headers, status, accept) -> None:
    response = send(content, content_type, accept=accept, **headers)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith(accept)
    module = {"json": json_, "yaml": yaml_, "xml": xml_}[accept.split("/")[1]]
    answer = module.loads(response.content)
    if status != 200:
        assert list(answer) == ["detail"]
        assert len(answer["detail"]) < 150


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'"' + b"a" * 200 + b'"', "application/json"),
        (b"a=" + b"a" * 200, FORM),
        (multipart(('name="a"; filename="x"', "a" * 200)), PARTS),
    ],
)
def test_a_large_body_is_413_by_its_header_and_by_its_bytes(
    content, content_type, settings
) -> None:
    settings.AMARA_MAX_BODY_BYTES = 100
    assert send(content, content_type).status_code == 413
    settings.AMARA_MAX_BODY_BYTES = len(content)
    assert send(content, content_type).status_code == 200
    stream = body.CappedStream(io.BytesIO(content + b"x"))
    with pytest.raises(body.BodyTooLarge):
        stream.read_all()


def test_a_connection_that_breaks_is_an_error_of_the_request() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("reset")

    with pytest.raises(Exception, match="could not be read") as caught:
        body.read_body(Broken(), {})
    assert caught.value.status_code == 400


def test_errors_and_lazy_texts_in_every_format() -> None:
    class Failing(Quiet):
        def get(self, request):
            if "validate" in request.GET:
                raise serializers.ValidationError({"title": [gettext_lazy("This is lazy.")]})
            raise NotFound

    def get(query: str) -> bytes:
        response = Failing.as_view()(APIRequestFactory().get(f"/api/x/?{query}"))
        return response.render().content

    assert yaml.safe_load(get("format=yaml")) == {"detail": "Not found."}
    assert json.loads(get("validate=1")) == {"title": ["This is lazy."]}
    assert b"<title><list-item>This is lazy.</list-item></title>" in get("validate=1&format=xml")
    lazy = gettext_lazy("Lazy: yes")
    for module in (json_, yaml_, xml_):
        assert module.loads(module.dumps({lazy: lazy})) == {"Lazy: yes": "Lazy: yes"}


def test_no_data_is_no_body() -> None:
    for renderer in (renderers.JSONRenderer, renderers.YAMLRenderer, renderers.XMLRenderer):
        assert renderer().render(None) == b""


class Huge(serializers.Serializer):
    title = serializers.CharField()
    owner = serializers.PrimaryKeyRelatedField(queryset=[])


class WithSerializer(Quiet, GenericAPIView):
    """Its related field would list a table; its queryset must not be asked for."""

    serializer_class = Huge

    def get_queryset(self):
        raise AssertionError("the page has no business with rows")

    def get(self, request):
        return Response({"title": "<script>alert(1)</script>"})

    post = put = patch = get

    def delete(self, request):
        return Response(status=204)


class Hostile(Quiet):
    """Everything a page may ask of a view fails."""

    def get(self, request):
        return Response(["<b>"])

    post = get

    def get_serializer(self, *args, **kwargs):
        raise LookupError

    def get_view_description(self, html=False):
        raise LookupError

    def check_permissions(self, request):
        if request.method != "GET":
            raise LookupError


@api_view(["GET", "POST"])
@renderer_classes(RENDERERS)
@parser_classes(PARSERS)
def function(request):
    return Response("no action")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("view", [WithSerializer.as_view(), Hostile.as_view(), Echo.as_view()])
def test_the_page_survives_any_view(view, method, caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    request = getattr(APIRequestFactory(), method)("/api/x/?format=api", {}, format="json")
    try:
        response = view(request)
    except LookupError:
        return  # the view itself failed, before any page
    page = response.render().content.decode()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.status_code in (200, 405)
    assert "<script>alert(1)" not in page
    assert 'name="owner"' not in page


@pytest.mark.urls("amara_api.urls")
def test_the_page_offers_no_form_without_a_policy(db) -> None:
    request = APIRequestFactory().get("/api/x/", headers={"accept": "text/html"})
    page = WithSerializer.as_view()(request).render().content.decode()
    assert "&lt;script&gt;" in page
    assert "/forms/" not in page


def test_the_page_cuts_what_no_one_reads() -> None:
    text = renderers.BrowsableRenderer().get_content(None, ["x" * 300_000], None, {})
    assert len(text) < 201_000
    assert text.endswith("more characters")
