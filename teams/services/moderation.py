"""One step against an account that does harm: what it made is shown, and taken away by choice.

A step is one transaction of at most `AT_ONCE` things of each kind, so that the press of a button
never holds the tables for long; the next press goes on. What a step did is told thing by thing, and
whoever calls puts that on the record of administrative changes within the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.db import models, transaction

from activity.outbox import hold
from amara_api.kernel.errors import DomainError, InvalidInput, NotAllowed, NotThere, sentences
from subtitles import services as subtitles
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from teams.models import Role, TeamMember
from teams.services import members, tasks
from teams.services.locks import lock_teams, require
from teams.services.videos import delete_video
from users import keys
from users.messages import delete_messages
from users.models import Message, User
from users.policies import may_moderate
from users.services import update_user
from videos.models import Video
from videos.services import lock as lock_video

if TYPE_CHECKING:
    from django.db.models import QuerySet

_Thing = TypeVar("_Thing", bound=models.Model)

AT_ONCE = 50
NEWEST = 5
COUNTED = 10_000


class Choice(models.TextChoices):
    """What a step may do. The order is that in which it is done."""

    CLOSE = "close", "Close the account: sessions and login links end, keys open nothing"
    MEMBERSHIPS = "memberships", "Take it out of its teams; open work becomes free"
    MESSAGES = "messages", "Delete the messages it wrote, from every inbox"
    NOTES = "notes", "Delete its notes"
    VERSIONS = "versions", "Take its versions back: the one before each is what people read again"
    VIDEOS = "videos", "Delete the videos it added, with the subtitles of everybody in them"


# Who may do each by itself.
PERMISSIONS: dict[str, str] = {
    Choice.CLOSE: "users.change_user",
    Choice.MEMBERSHIPS: "teams.delete_teammember",
    Choice.MESSAGES: "users.delete_message",
    Choice.NOTES: "subtitles.delete_subtitlenote",
    Choice.VERSIONS: "subtitles.delete_subtitlelanguage",
    Choice.VIDEOS: "videos.delete_video",
}


class Made(NamedTuple):
    """Things of one kind: how many (at most `COUNTED`), and the newest few."""

    kind: Choice
    number: int
    newest: Sequence[models.Model]

    @property
    def is_more(self) -> bool:
        return self.number >= COUNTED


@dataclass
class Step:
    """What was done, by choice and thing; why some could not be; how many of each are left."""

    did: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    @property
    def is_last(self) -> bool:
        return not any(self.left.values())

    def told(self) -> str:
        """In one sentence."""
        parts = [
            "closed the account"
            if choice == Choice.CLOSE
            else f"{_VERBS[choice]} {len(things)} {choice}"
            for choice, things in self.did.items()
        ]
        return f"Moderated: {', '.join(parts) or 'nothing was left to do'}."


_VERBS: dict[str, str] = {
    Choice.MEMBERSHIPS: "ended",
    Choice.MESSAGES: "deleted",
    Choice.NOTES: "deleted",
    Choice.VERSIONS: "took back",
    Choice.VIDEOS: "deleted",
}


def made_by(user: User) -> list[Made]:
    """Everything that an account made and is still there, the newest of each kind first."""
    found = []
    for choice, things in _things(user).items():
        count = things.order_by()[:COUNTED].count()
        found.append(Made(Choice(choice), count, list(things.order_by("-pk")[:NEWEST])))
    return found


def _things(user: User) -> dict[str, QuerySet[models.Model]]:
    """Of each kind, with what it takes to name them."""
    versions = SubtitleVersion.objects.filter(author=user, is_deleted=False)
    return {
        Choice.MEMBERSHIPS: TeamMember.objects.filter(user=user).select_related("team", "user"),
        Choice.MESSAGES: Message.objects.filter(sender=user).select_related("user"),
        Choice.NOTES: SubtitleNote.objects.filter(user=user).select_related("video"),
        Choice.VERSIONS: versions.select_related("language__video").defer("cues", "source"),
        Choice.VIDEOS: Video.objects.filter(user=user).select_related("team"),
    }


def permissions_for(choices: Iterable[str]) -> list[str]:
    return [PERMISSIONS[choice] for choice in choices]


@transaction.atomic
def moderate(user: User, *, actor: User, choices: Collection[str]) -> Step:
    """Do what is chosen to at most `AT_ONCE` things of each kind.

    What cannot be done, such as taking the last owner out of a team, is told, and the rest is done.
    Raises `NotAllowed`; `InvalidInput` where nothing is chosen; `Conflict` if a video changes its
    team at this moment: then nothing is done at all.
    """
    chosen = [choice for choice in Choice if choice in choices]
    if not chosen:
        raise InvalidInput(["Choose what is to be done."])
    batch = _Batch(user, chosen)
    batch.lock()
    current = keys.locked(user.pk)
    if current is None:
        raise NotThere
    require(may_moderate(actor, current, permissions_for(chosen)))
    batch.hold()
    step = Step()
    if Choice.CLOSE in chosen and current.is_active:
        update_user(current, actor=actor, is_active=False)
        step.did[Choice.CLOSE] = [current.username]
    batch.carry_out(step, actor)
    for choice in chosen:
        if choice != Choice.CLOSE:
            step.left[choice] = batch.left(choice, step)
    return step


class _Batch:
    """What one step is about. Everything is locked before anything is done: teams, videos,
    languages, and last the outboxes."""

    def __init__(self, user: User, chosen: list[Choice]) -> None:
        self._user = user
        self._chosen = chosen
        things = _things(user)
        if Choice.VIDEOS in chosen:
            # They go with their videos.
            others = SubtitleVersion.objects.filter(author=user, is_deleted=False)
            others = others.exclude(language__video__user=user)
            things[Choice.VERSIONS] = others.select_related("language__video").defer(
                "cues", "source"
            )
        self._all = things
        self._batch: dict[str, list[models.Model]] = {
            choice: list(things[choice].order_by(*_ORDER.get(choice, ("pk",)))[:AT_ONCE])
            for choice in chosen
            if choice in things
        }

    def lock(self) -> None:
        videos: dict[int, Video] = {each.pk: each for each in self._of(Choice.VIDEOS, Video)}
        languages: dict[int, SubtitleLanguage] = {}
        for version in self._of(Choice.VERSIONS, SubtitleVersion):
            languages[version.language_id] = version.language
            videos[version.language.video_id] = version.language.video
        self._teams = [each.team for each in videos.values()]
        self._teams += [each.team for each in self._of(Choice.MEMBERSHIPS, TeamMember)]
        lock_teams(*self._teams)
        for key in sorted(videos):
            lock_video(videos[key])
        locked = SubtitleLanguage.objects.select_for_update(no_key=True)
        list(locked.filter(pk__in=languages).order_by("pk").values_list("pk"))

    def hold(self) -> None:
        hold(*self._teams)

    def carry_out(self, step: Step, actor: User) -> None:
        for member in self._of(Choice.MEMBERSHIPS, TeamMember):
            said = f"{Role(member.role).label} of {member.team.slug}"
            try:
                with transaction.atomic():
                    members.remove_member(member, actor=actor, operator=True)
            except (InvalidInput, NotAllowed, NotThere) as error:
                step.refused.append(f"{said}: {_why(error)}")
            else:
                step.did.setdefault(Choice.MEMBERSHIPS, []).append(said)
        messages = self._of(Choice.MESSAGES, Message)
        if messages:
            delete_messages(each.pk for each in messages)
            step.did[Choice.MESSAGES] = [
                f"{each.pk} to {each.user}: {each.subject}" for each in messages
            ]
        notes = self._of(Choice.NOTES, SubtitleNote)
        if notes:
            subtitles.delete_notes(each.pk for each in notes)
            step.did[Choice.NOTES] = [
                f"{each.pk} on {each.video.video_id} {each.language_code}: {each}" for each in notes
            ]
        self._take_back(step, actor)
        for video in self._of(Choice.VIDEOS, Video):
            delete_video(video, actor=actor)
            step.did.setdefault(Choice.VIDEOS, []).append(f"{video.video_id}: {video}")

    def _take_back(self, step: Step, actor: User) -> None:
        of: dict[int, list[SubtitleVersion]] = defaultdict(list)
        for version in self._of(Choice.VERSIONS, SubtitleVersion):
            of[version.language_id].append(version)
        for versions in of.values():
            language = versions[0].language
            taken = tasks.take_back(language, [each.pk for each in versions], actor=actor)
            step.did.setdefault(Choice.VERSIONS, []).extend(
                f"{language.video.video_id} {language.language_code} {each.version_number}"
                for each in taken
            )

    def left(self, choice: str, step: Step) -> int:
        """How many there are still, but for those that were refused."""
        count = self._all[choice].order_by()[:COUNTED].count()
        return count - len(step.refused) if choice == Choice.MEMBERSHIPS else count

    def _of(self, choice: str, kind: type[_Thing]) -> list[_Thing]:
        return [each for each in self._batch.get(choice, ()) if isinstance(each, kind)]


def _sole_owners() -> models.Case:
    """1 for whoever is a team's only owner, which none may take away, else 0."""
    owners = TeamMember.objects.filter(team=models.OuterRef("team"), role=Role.OWNER)
    others = models.Exists(owners.exclude(pk=models.OuterRef("pk")))
    alone = models.When(~others, role=Role.OWNER, then=1)
    return models.Case(alone, default=0, output_field=models.IntegerField())


# The oldest of a language first: so none but the last step makes another one public, and none of
# those that are about to go. Memberships that will be refused come last, so that none of the
# others waits behind them.
_ORDER: dict[str, tuple[models.Case | str, ...]] = {
    Choice.VERSIONS: ("language_id", "version_number"),
    Choice.MEMBERSHIPS: (_sole_owners(), "pk"),
}


def _why(error: DomainError) -> str:
    return " ".join(sentences(error))
