"""Whether `doctor --deep` finds nothing wrong with the rows."""

from activity import soundness as activity
from subtitles import soundness as subtitles
from teams import soundness as teams
from videos import soundness as videos


def sound() -> bool:
    found = [each for app in (activity, subtitles, teams, videos) for each in app.findings()]
    assert found == []
    return True
