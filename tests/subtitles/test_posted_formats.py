"""Which formats subtitles can be posted in."""

from typing import Any

from subtitles.formats import FORMATS
from subtitles.models import SubtitleVersion
from tests.factories import VideoFactory


def test_a_format_that_cannot_be_given_back_is_refused(api: Any, ana: Any) -> None:
    subtitles = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    text = '<transcript><text start="1" dur="2">Hello</text></transcript>'
    read_only = [name for name, format in FORMATS.items() if format.dump is None]
    assert "youtube" in read_only
    for name in read_only:
        answer = api.post(subtitles, {"sub_format": name, "subtitles": text})
        assert answer.status_code == 400
        assert answer.json()["sub_format"][0].startswith(f"Unknown format: {name}.")
    assert not SubtitleVersion.objects.exists()
