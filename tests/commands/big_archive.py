"""`python -m tests.commands.big_archive --versions 100000`: how much memory an archive takes.

Makes an installation with so many versions (on SQLite, or in the empty database that DATABASE_URL
names), exports it, imports it into an empty SQLite database, and fails if either command took more
than 300 MB. Takes some minutes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.places import ROOT
from tests.server.own import environment_of

MOST = 300 * 2**20
LANGUAGES = 1_000
CUES = 200


def fill(versions: int) -> None:
    """Rows of today's tables, many at a time."""
    import django

    django.setup()
    from subtitles.formats import Cue, Track
    from subtitles.models import SubtitleLanguage, SubtitleVersion
    from subtitles.storage import pack
    from users.models import User
    from videos.services import add_video

    user = User.objects.get()
    each = max(1, versions // LANGUAGES)
    for number in range(LANGUAGES):
        video = add_video(actor=user, video_url=f"https://media.example.com/{number}.mp4")
        language = SubtitleLanguage.objects.create(
            video=video, language_code="en", last_number=each
        )
        # Text that hardly gets smaller.
        words = [os.urandom(15).hex() for _ in range(CUES)]
        packed = pack(Track(tuple(Cue(n * 2000, n * 2000 + 1800, words[n]) for n in range(CUES))))
        rows = SubtitleVersion.objects.bulk_create(
            SubtitleVersion(
                language=language,
                version_number=n + 1,
                subtitle_count=CUES,
                fully_synced=True,
                digest=packed.digest,
                cues=packed.cues,
                source_format="srt",
                author=user,
            )
            for n in range(each)
        )
        language.tip = language.public_tip = rows[-1]
        language.save()


def run(environment: dict[str, str], *arguments: str) -> int:
    """The most memory that a command had, in bytes; of this process's children the largest."""
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{arguments} failed.")
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--versions", type=int, default=100_000)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(options.versions)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = environment_of(folder / "source", os.environ.get("DATABASE_URL"))
        source["DJANGO_SETTINGS_MODULE"] = "amara_api.settings"
        run(source, "manage.py", "setup")
        here = "tests.commands.big_archive"
        run(source, "-m", here, "--fill", f"--versions={options.versions}")
        archive = str(folder / "all.zip")
        target = environment_of(folder / "target", None)
        (folder / "target").mkdir()
        (folder / "target" / "secret.key").write_bytes(
            (folder / "source" / "secret.key").read_bytes()
        )
        taken = {
            "export_data": run(source, "manage.py", "export_data", archive),
            "import_data": run(target, "manage.py", "import_data", archive),
        }
        print(f"The archive has {Path(archive).stat().st_size / 2**20:,.0f} MB.")  # noqa: T201
    for command, most in taken.items():
        print(f"{command} took {most / 2**20:,.0f} MB.")  # noqa: T201
    return int(max(taken.values()) > MOST)


if __name__ == "__main__":
    sys.exit(main())
