"""The demo is as good as its formats allow, and the first minute prints what the README says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from amara_api import demo
from amara_api.kernel import languages
from subtitles import queries
from subtitles.models import SubtitleLanguage, SubtitleVersion
from tests.docs.pages import README, ROOT
from tests.factories import UserFactory
from videos.models import Video

SECRETS = re.compile(r"(?<=password: )\S+|(?<=API key:  )\S+")


@pytest.fixture
def loaded(db: None) -> None:
    UserFactory(is_superuser=True)
    assert demo.load() == Video.objects.count() > 2
    assert demo.load() == 0


@pytest.mark.usefixtures("loaded")
def test_the_demo_can_be_read_by_people() -> None:
    versions = list(SubtitleVersion.objects.select_related("language__video"))
    assert {v.source_format for v in versions} >= {
        "srt",
        "vtt",
        "dfxp",
        "ssa",
        "sbv",
        "txt",
        "json",
    }
    assert any(languages.is_rtl(v.language.language_code) for v in versions)
    counts: dict[Any, set[int]] = {}
    for version in versions:
        language = version.language
        track = queries.track_of(version.pk)
        counts.setdefault(language.video_id, set()).add(len(track.cues))
        assert version.title or language.language_code == language.video.primary_audio_language_code
        assert language.subtitles_complete == version.fully_synced == track.fully_synced
        end = 0
        for cue in track.cues:
            assert all(0 < len(line) <= 45 for line in cue.text.split("\n"))
            if cue.start is not None and cue.end is not None:
                assert end <= cue.start < cue.end <= (language.video.duration or 0) * 1000
                # As fast as people read.
                assert len(cue.text) / (cue.end - cue.start) * 1000 <= 20
                end = cue.end
    # The languages of a video say the same, cue by cue.
    assert all(len(lengths) == 1 for lengths in counts.values())


@pytest.mark.usefixtures("loaded")
def test_the_demo_shows_what_formats_can_say() -> None:
    tracks = [queries.track_of(v.pk) for v in SubtitleVersion.objects.all()]
    cues = [cue for track in tracks for cue in track.cues]
    assert any(cue.region == "top" for cue in cues)
    assert any("\n" in cue.text for cue in cues)
    assert any(span.style for cue in cues for span in cue.spans)
    assert SubtitleLanguage.objects.filter(subtitles_complete=False).count() >= 2


def test_setup_prints_what_the_readme_says(tmp_path: Path) -> None:
    environment = {**os.environ, "AMARA_DATA_DIR": str(tmp_path / "data")}
    for name in ("DATABASE_URL", "SECRET_KEY"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "manage.py", "setup", "--demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    printed = SECRETS.sub("…", done.stdout).replace(str(tmp_path / "data"), "data")
    assert printed in README.read_text(encoding="utf-8")
