"""A few videos with subtitles of our own making, so that a new server has something to show.

Each folder here is one video: `video.json` holds the fields of POST /api/videos/ and the title and
description in other `languages`; every other file is the subtitles of one language, named
`CODE.FORMAT`. Subtitles whose cues all have times are published, the rest are drafts.
"""

import json
from dataclasses import replace
from pathlib import Path

from django.db import transaction

from subtitles import storage
from subtitles.formats import load as load_subtitles
from subtitles.workflows.submit import submit
from teams.workflows import workflow_for
from users.models import User
from videos.models import Video
from videos.services import add_video

FOLDER = Path(__file__).parent


@transaction.atomic
def load() -> int:
    """Add the demo to a server without videos; how many were added."""
    if Video.objects.exists():
        return 0
    actor = User.objects.filter(is_superuser=True).order_by("pk").first()
    if actor is None:
        return 0
    folders = sorted(path.parent for path in FOLDER.glob("*/video.json"))
    for folder in folders:
        _add(folder, actor)
    return len(folders)


def _add(folder: Path, actor: User) -> None:
    fields = json.loads((folder / "video.json").read_text(encoding="utf-8"))
    translations = fields.pop("languages")
    video = add_video(actor=actor, **fields)
    for file in sorted(folder.iterdir()):
        code, format = file.stem, file.suffix.removeprefix(".")
        if file.name == "video.json":
            continue
        data = file.read_text(encoding="utf-8")
        track = load_subtitles(data, format)
        submit(
            workflow_for(video, code),
            actor=actor,
            track=replace(track, language=code),
            source_format=format,
            source=storage.dfxp_source(data, code) if format == "dfxp" else None,
            action="publish" if track.fully_synced else "save-draft",
            **translations.get(code, {}),
        )
