"""The headers of an answer as pairs are those that Django gives."""

from django.http import HttpResponse

from amara_api.kernel.headers import pairs


def test_pairs_are_the_items():
    response = HttpResponse(b"", headers={"X-One": "1", "ETag": '"a"'})
    response.headers["x-one"] = "2"
    response["Vary"] = "Accept"
    del response["ETag"]
    assert [*pairs(response)] == [*response.items()]
    assert dict(pairs(response))["x-one"] == "2"
