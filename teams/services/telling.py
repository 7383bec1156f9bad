"""Telling people in teams what they must know, each by a message of its kind."""

from collections.abc import Iterable
from typing import Any

from amara_api import languages
from teams.models import Team
from users.messages import send_message
from users.models import MailKind, User
from videos.models import Video


def tell(
    people: Iterable[User | None],
    *,
    kind: MailKind,
    actor: Any,
    team: Team,
    subject: str,
    lines: Iterable[str],
) -> None:
    """A message of these paragraphs to each of them once, but not to ``actor``.

    Nobody is told twice, and closed accounts nothing; None stands for nobody.
    """
    known = {person.pk: person for person in people if person is not None and person.is_active}
    send_message(
        known.values(),
        kind=kind,
        sender=actor,
        team=team,
        subject=subject,
        content="\n\n".join(lines),
    )


def subtitles_of(video: Video, language_code: str) -> str:
    return f"the subtitles of {video} in {languages.name(language_code)} ({language_code})"
