"""The languages that a team prefers, and those in which nothing is done for it; and what stands in
the way of deleting a language."""

from collections.abc import Sequence

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.errors import InvalidInput
from subtitles.models import SubtitleLanguage, SubtitleNote
from teams.models import SubtitleRequest, Task, Team, TeamLanguage
from teams.policies import may_change_team
from teams.services.locks import lock_team, require
from users.models import User
from videos import services as video_services
from videos.models import Language, Video

Kind = TeamLanguage.Kind


@transaction.atomic
def set_languages(
    team: Team, *, actor: User, kind: int, codes: Sequence[str], operator: bool = False
) -> list[str]:
    """Replace one of the two lists; a code in it is taken out of the other."""
    team = lock_team(team)
    if not operator:
        require(may_change_team(actor, team))
    wanted = sorted(set(codes))
    team.languages.filter(kind=kind).exclude(language_code__in=wanted).delete()
    for code in wanted:
        TeamLanguage.objects.update_or_create(
            team=team, language_code=code, defaults={"kind": kind}
        )
    which = Kind(kind).label
    record(ActivityType.TEAM_CHANGED, actor=actor, team=team, fields=[f"languages {which}"])
    return wanted


def languages_of(team: Team, kind: int) -> list[str]:
    """The codes of one list, sorted."""
    codes = team.languages.filter(kind=kind).order_by("language_code")
    return list(codes.values_list("language_code", flat=True))


@transaction.atomic
def delete_language(language: Language, *, actor: User) -> None:
    """Remove what operators said of a language. One that is known by that alone stays for as long
    as anything is stored under its code."""
    if not languages.is_shipped(language.code) and (uses := uses_of(language.code)):
        *most, last = uses
        where = f"{', '.join(most)} and {last}" if most else last
        raise InvalidInput([f"The code {language.code} is in use and stays: {where}."])
    video_services.delete_language(language, actor=actor)


def uses_of(code: str) -> list[str]:
    """Where a language code is stored, in words: `subtitles of 2 videos`."""
    found = [
        (SubtitleLanguage.objects.filter(language_code=code), "subtitles of", "video"),
        (Video.objects.filter(primary_audio_language_code=code), "spoken in", "video"),
        (TeamLanguage.objects.filter(language_code=code), "in the list of", "team"),
        (Task.objects.filter(language_code=code, is_deleted=False), "language of", "task"),
        (SubtitleRequest.objects.filter(language_code=code), "language of", "subtitle request"),
        (SubtitleNote.objects.filter(language_code=code), "language of", "note"),
    ]
    counted = [(rows.count(), how, what) for rows, how, what in found]
    return [f"{how} {n} {what}{'' if n == 1 else 's'}" for n, how, what in counted if n]
