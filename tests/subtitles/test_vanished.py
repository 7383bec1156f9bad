"""A video that is deleted between a write and its answer is a video that is not there."""

import pytest

from subtitles.models import SubtitleLanguage
from tests.factories import VideoFactory, add_subtitles
from videos import services as video_services
from videos.models import Video, VideoUrl

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "module", "read"),
    [
        ("PUT", "", {"title": "New"}, "videos.queries", "row"),
        ("POST", "languages/", {"language_code": "fr"}, "subtitles.queries", "listed_language"),
        ("PUT", "languages/en/", {"is_complete": True}, "subtitles.queries", "listed_language"),
        ("POST", "languages/en/subtitles/", {"subtitles": SRT, "sub_format": "srt"},
         "subtitles.queries", "version_row"),
    ],
)  # fmt: skip
def test_it_is_not_found(api, ana, monkeypatch, method, path, body, module, read):
    video = VideoFactory(user=ana)
    add_subtitles(video)
    real = getattr(__import__(module, fromlist=[read]), read)

    def deleted_just_before(*args, **kwargs):
        if Video.objects.exists():
            video_services.delete_video(video, actor=ana)
        return real(*args, **kwargs)

    monkeypatch.setattr(f"{module}.{read}", deleted_just_before)
    answer = api.request(method, f"videos/{video.video_id}/{path}", body)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    assert not SubtitleLanguage.objects.exists()
    assert not VideoUrl.objects.exists()
