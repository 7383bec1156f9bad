"""A DFXP upload says more than a track holds, so it comes back as it was sent."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import VideoFactory

SENT = """<?xml version="1.0" encoding="{encoding}"?>
<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="xx" xmlns:ttp="http://www.w3.org/ns/ttml#parameter">
<head><metadata><note>Übrig</note></metadata></head>
<body><div><p begin="1s" end="2s">Grüße</p></div></body></tt>"""


@pytest.mark.parametrize("name", ["dfxp", "ttml", "xml"])
def test_it_comes_back_as_sent_in_its_language(api, ana, name):
    path = f"videos/{VideoFactory(user=ana).video_id}/languages/de/subtitles"
    sent = SENT.format(encoding="UTF-8")
    posted = api.post(path, {"subtitles": sent, "sub_format": name})
    assert posted.status_code == 201, posted.content
    expected = sent.replace('encoding="UTF-8"', 'encoding="utf-8"').replace(
        '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="xx"',
        '<tt xml:lang="de" xmlns="http://www.w3.org/ns/ttml"',
    )
    assert posted.json()["subtitles"] == expected
    assert api.get(f"{path}?sub_format={name}").json()["subtitles"] == expected
    assert api.get(f"{path}?format=ttml").content.decode() == expected


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_a_file_in_another_encoding_is_handed_out_in_utf_8(api, ana, encoding):
    path = f"/api/videos/{VideoFactory(user=ana).video_id}/languages/de/subtitles/"
    file = SimpleUploadedFile("film.dfxp", SENT.format(encoding=encoding).encode(encoding))
    posted = api.client.post(path, {"subtitles": file})
    assert posted.status_code == 201, posted.content
    text = api.get(f"{path}?format=dfxp").content.decode()
    assert 'encoding="utf-8"' in text
    assert "Grüße" in text, text
    assert "Übrig" in text


@pytest.mark.parametrize("encoding", ["klingon", "zlib_codec", "rot13", "idna", "punycode"])
def test_an_encoding_that_is_none_is_named(api, ana, encoding):
    path = f"/api/videos/{VideoFactory(user=ana).video_id}/languages/de/subtitles/"
    file = SimpleUploadedFile("film.dfxp", SENT.format(encoding=encoding).encode())
    posted = api.client.post(path, {"subtitles": file})
    assert posted.status_code == 400, posted.content
    told = posted.json()["subtitles"][0]
    assert f'line 1: the charset "{encoding}" is not known' in told


def test_cues_come_back_in_the_order_of_their_times(api, ana):
    path = f"videos/{VideoFactory(user=ana).video_id}/languages/de/subtitles"
    text = "1\n00:00:05,000 --> 00:00:06,000\nLater\n\n2\n00:00:01,000 --> 00:00:02,000\nSooner\n"
    assert api.post(path, {"subtitles": text, "sub_format": "srt"}).status_code == 201
    assert [cue["text"] for cue in api.get(path).json()["subtitles"]] == ["Sooner", "Later"]
