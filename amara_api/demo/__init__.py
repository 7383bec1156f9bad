"""A few videos with subtitles of our own making, so that a new server has something to show.

Each folder here is one video: `video.json` holds the fields of POST /api/videos/ and the title and
description in other `languages`; every other file is the subtitles of one language, named
`CODE.FORMAT`. Subtitles whose cues all have times are published, the rest are drafts.

Where `video.json` has a ``film``, that is the video: it is shipped, and made by `tests/film`.
Where it has a ``team``, the video is in it and there is work: subtitles of the languages in
``review`` are somebody else's and wait for it, and those in ``translate`` are a task of the first
account.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from django.db import transaction
from django.urls import reverse

from amara_api import installation
from amara_api.kernel import site
from subtitles import storage
from subtitles.formats import load as load_subtitles
from subtitles.models import SubtitleVersion
from subtitles.services import VersionFields
from subtitles.workflows.submit import submit
from teams.models import ReviewLevel, Task, Team
from teams.services.members import add_member
from teams.services.tasks import add_task
from teams.services.teams import create_team, update_team
from teams.services.videos import add_video
from teams.workflows import workflow_for
from users.models import User
from users.services import create_user
from videos.models import Video

FOLDER = Path(__file__).parent
FILM = "lighthouse.webm"
# In the data folder: the id of the video with the film, for the first page.
NOTE = "demo.video"
# Whoever translates for the team. Nobody can log in as them: they have no password and no key.
TRANSLATOR = "marta"


class TeamText(TypedDict):
    slug: str
    name: str
    description: str


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


def note_film() -> None:
    """Lets the first page show the film, of a demo that was just added."""
    found = Video.objects.filter(urls__url__endswith=f"/films/{FILM}").first()
    if found is not None:
        installation.write_private(NOTE, found.video_id)


def _add(folder: Path, actor: User) -> None:
    fields = json.loads((folder / "video.json").read_text(encoding="utf-8"))
    translations = fields.pop("languages")
    about: TeamText | None = fields.pop("team", None)
    review, translate = fields.pop("review", []), fields.pop("translate", [])
    if film := fields.pop("film", None):
        fields["video_url"] = site.address() + reverse("film", args=[film])
    team = create_team(actor=actor, **about) if about else None
    video = add_video(actor=actor, team=team, **fields)
    files = {file.stem: file for file in sorted(folder.iterdir()) if file.name != "video.json"}
    for code, file in files.items():
        if code not in review:
            _submit(video, file, actor, **translations.get(code, {}))
    if team is not None:
        _begin_work(video, team, actor)
        translator, _ = create_user(actor=None, username=TRANSLATOR, invited=True, find_unique=True)
        add_member(team, actor=actor, user=translator)
        for code in review:
            _submit(video, files[code], translator, "complete", **translations.get(code, {}))
        for code in translate:
            add_task(
                team,
                actor=actor,
                video=video,
                type=Task.Type.TRANSLATE,
                language_code=code,
                assignee=actor,
            )


def _begin_work(video: Video, team: Team, actor: User) -> None:
    """From now on what is sent is reviewed; what is published already stays so."""
    changed = update_team(
        team, actor=actor, workflow_enabled=True, review_allowed=ReviewLevel.PEERS
    )
    video.team = changed


def _submit(
    video: Video, file: Path, actor: User, action: str = "", **texts: Unpack[VersionFields]
) -> SubtitleVersion:
    code, format = file.stem, file.suffix.removeprefix(".")
    data = file.read_text(encoding="utf-8")
    track = load_subtitles(data, format)
    return submit(
        workflow_for(video, code),
        actor=actor,
        track=replace(track, language=code),
        source_format=format,
        source=storage.dfxp_source(data, code) if format == "dfxp" else None,
        action=action or ("publish" if track.fully_synced else "save-draft"),
        **texts,
    )
