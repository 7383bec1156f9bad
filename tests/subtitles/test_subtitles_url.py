"""`subtitles_url`: subtitles that the server fetches itself, and everything that can go wrong."""

import pytest
from django.db import connection

from amara_api.kernel import outbound
from subtitles.models import SubtitleVersion
from teams.models import SubtitlePolicy, TeamLanguage, TeamMember
from teams.services.languages import set_languages
from tests.api.conftest import unchanged
from tests.factories import SRT, VideoFactory
from tests.outbound.fakes import running

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nGrüße\n"
DFXP = (
    '<?xml version="1.0" encoding="iso-8859-1"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.000">Grüße</p></div></body></tt>'
)
JSON = '[{"start": 1000, "end": 2000, "text": "Grüße"}]'
FILES = {
    "srt": ("srt", SRT.encode()),
    "windows": ("srt", SRT.replace("Hello", "Grüße").encode("cp1252")),
    "utf16": ("srt", SRT.encode("utf-16")),
    "vtt": ("vtt", b"\xef\xbb\xbf" + VTT.encode()),
    "dfxp": ("dfxp", DFXP.encode("iso-8859-1")),
    "json": ("json", JSON.encode()),
    "txt": ("txt", "Grüße\n\nund Küsse".encode()),
}


@pytest.fixture
def files(settings):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    with running() as fake:
        fake.answers.update({name: (200, data) for name, (_, data) in FILES.items()})
        yield fake


@pytest.fixture
def video(ana):
    return VideoFactory(user=ana, primary_audio_language_code="en")


@pytest.fixture
def at(video):
    return f"videos/{video.video_id}/languages/en/subtitles/"


@pytest.mark.parametrize("name", FILES)
def test_a_fetched_file_makes_the_version_that_the_sent_one_makes(api, at, files, name):
    """Whatever its encoding; every other field counts as it does with `subtitles`."""
    sub_format, data = FILES[name]
    if sub_format != "dfxp":
        sent = api.client.post(f"/api/{at}", {"sub_format": sub_format, "subtitles": _upload(data)})
    else:
        sent = api.post(at, {"subtitles": DFXP})
    assert sent.status_code == 201, sent.content
    fields = {"title": "Titel", "action": "save-draft", "subtitles": None}
    answer = api.post(at, {"subtitles_url": files.url(name), "sub_format": sub_format, **fields})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["title"], body["version_number"]) == ("Titel", 2)
    assert body["subtitles"] == sent.json()["subtitles"]
    first, second = SubtitleVersion.objects.order_by("pk")
    same = ("source_format", "subtitle_count", "digest")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]


def _upload(data):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("film", data)


def test_it_may_come_in_a_form_with_an_empty_text_and_by_redirects(api, at, files):
    fields = {"sub_format": "srt", "subtitles": ""}
    for hops in range(4):
        url = files.url("to/302/" * hops + "srt")
        answer = api.client.post(f"/api/{at}", {**fields, "subtitles_url": url})
        assert answer.status_code == 201, answer.content
    assert "x-api-key" not in files.asked[-1].headers
    # An empty url is none.
    assert (
        api.post(at, {"subtitles_url": "", "subtitles": VTT, "sub_format": "vtt"}).json()[
            "subtitles"
        ]
        == api.post(at, {"subtitles": VTT, "sub_format": "vtt"}).json()["subtitles"]
    )


BROKEN = "Invalid subtitle data: line 2: a time that cannot be read"
UNREACHABLE = "The server of this URL could not be reached, or did not answer in full."
FAILURES = [
    ("missing", "The server of this URL answered 404."),
    ("status/500", "The server of this URL answered 500."),
    ("status/204", "The server of this URL answered 204."),
    ("nowhere/", "The server of this URL answered 302."),
    ("short/", UNREACHABLE),
    ("no_gzip/", UNREACHABLE),
    ("large/2001", "The file is larger than 2000 bytes."),
    ("bomb/1000000", "The file is larger than 2000 bytes."),
    ("loop/", "This URL redirects more than 3 times."),
    ("to/302/http://10.0.0.1/", "This URL leads to an address that cannot be asked."),
    ("drip_body/", "The file did not arrive within 10 seconds."),
    ("broken", BROKEN),
    ("zipped/", "Invalid subtitle data: line 1: no subtitles in this SRT file"),
]


@pytest.mark.parametrize(("path", "reason"), FAILURES)
def test_each_failure_has_its_sentence_and_leaves_nothing(
    api, at, files, settings, monkeypatch, path, reason
):
    settings.AMARA_MAX_SUBTITLE_BYTES = 2000
    monkeypatch.setattr("subtitles.api.remote.SECONDS", 0.5)
    files.answers["broken"] = (200, b"1\n00:00:01,000 --> soon\nHello\n")
    with unchanged():
        answer = api.post(at, {"subtitles_url": files.url(path), "sub_format": "srt"})
    assert (answer.status_code, answer.json()) == (400, {"subtitles_url": [reason]})


def test_an_action_that_the_cues_forbid_leaves_nothing(api, at, files):
    fields = {"subtitles_url": files.url("txt"), "sub_format": "txt", "action": "publish"}
    with unchanged():
        answer = api.post(at, fields)
    assert (answer.status_code, answer.json()) == (400, "Subtitles not complete")


PRIVATE = ["Private addresses cannot be asked."]
NEITHER_NOR = ["Send the subtitles or their URL, not both."]
IN_VAIN = [
    ({"subtitles": SRT}, {"subtitles_url": NEITHER_NOR}),
    ({"subtitles": [{"text": "x"}]}, {"subtitles_url": NEITHER_NOR}),
    ({"sub_format": "klingon"}, "sub_format"),
    ({"title": 7}, "title"),
    ({"metadata": {"size": "1"}}, {"metadata": ["Unknown metadata key: size"]}),
    ({"action": "approve"}, "No action: approve"),
    ({"subtitles_url": 7}, {"subtitles_url": ["Not a valid string."]}),
    ({"subtitles_url": "film.srt"}, "subtitles_url"),
    ({"subtitles_url": "file:///etc/passwd"}, "subtitles_url"),
    ({"subtitles_url": "http://169.254.169.254/latest"}, {"subtitles_url": PRIVATE}),
    ({"subtitles_url": "http://2130706433/"}, {"subtitles_url": PRIVATE}),
    ({"subtitles_url": "http://me:secret@example.com/"}, "subtitles_url"),
    ({"subtitles_url": ""}, {"subtitles": ["This field is required."]}),
    ({"subtitles_url": None}, {"subtitles": ["This field is required."]}),
    ({"subtitles_url": "", "title": 7}, {"subtitles", "title"}),
]


@pytest.mark.parametrize(("fields", "expected"), IN_VAIN)
def test_what_is_refused_anyway_is_not_fetched(api, at, files, fields, expected):
    sent = {"subtitles_url": files.url("srt"), "sub_format": "srt", **fields}
    with unchanged():
        answer = api.post(at, sent)
    assert answer.status_code == 400
    said = answer.json()
    if isinstance(expected, set) or (isinstance(expected, str) and isinstance(said, dict)):
        assert set(said) == (expected if isinstance(expected, set) else {expected})
    else:
        assert said == expected
    assert files.asked == []


def test_who_may_not_write_makes_no_request(cast, api_for, files):
    cast.films.subtitle_policy = cast.films.translate_policy = SubtitlePolicy.MEMBERS
    cast.films.save()
    kind = TeamLanguage.Kind.BLACKLISTED
    set_languages(cast.films, actor=cast.owner, kind=kind, codes=["fr"])
    sent = {"subtitles_url": files.url("srt"), "sub_format": "srt"}
    path = "videos/{}/languages/{}/subtitles/"
    open_video, team_video, hidden = cast.open_video, cast.team_video, cast.hidden_video
    for video, code, who, status in (
        (team_video, "en", cast.stranger, 403),
        (hidden, "en", cast.stranger, 404),
        (open_video, "en", None, 401),
        (team_video, "fr", cast.owner, 400),
        (open_video, "klingon", cast.stranger, 400),
    ):
        assert api_for(who).post(path.format(video.video_id, code), sent).status_code == status
    assert files.asked == []
    assert api_for(cast.owner).post(path.format(team_video.video_id, "en"), sent).status_code == 201


def test_a_right_that_is_lost_meanwhile_is_lost(cast, api_for, files, monkeypatch):
    cast.films.subtitle_policy = cast.films.translate_policy = SubtitlePolicy.MEMBERS
    cast.films.save()
    real = outbound.fetch

    def slow(*args, **kwargs):
        reply = real(*args, **kwargs)
        TeamMember.objects.filter(user=cast.contributor).delete()
        return reply

    monkeypatch.setattr(outbound, "fetch", slow)
    answer = api_for(cast.contributor).post(
        f"videos/{cast.team_video.video_id}/languages/en/subtitles/",
        {"subtitles_url": files.url("srt"), "sub_format": "srt"},
    )
    assert answer.status_code == 403
    assert not SubtitleVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_file_is_fetched(files, api_for, monkeypatch):
    from tests.factories import UserFactory

    user = UserFactory()
    video = VideoFactory(user=user)
    real, open_transactions = outbound.fetch, []

    def watched(*args, **kwargs):
        open_transactions.append(connection.in_atomic_block)
        return real(*args, **kwargs)

    monkeypatch.setattr(outbound, "fetch", watched)
    answer = api_for(user).post(
        f"videos/{video.video_id}/languages/en/subtitles/",
        {"subtitles_url": files.url("srt"), "sub_format": "srt"},
    )
    assert (answer.status_code, open_transactions) == (201, [False])
