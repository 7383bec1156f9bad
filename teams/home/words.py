"""What the choices of a team mean, in whole sentences; the codes are the API's affair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from amara_api.kernel.shapes import Data
from subtitles import report
from teams.models import ApproveLevel, Project, ReviewLevel, SubtitlePolicy, Team, Visibility

WHO_COMES_IN = {
    Team.MembershipPolicy.OPEN: "Anybody may join.",
    Team.MembershipPolicy.APPLICATION: "People apply, and admins of the team decide.",
    Team.MembershipPolicy.INVITATION_BY_ANY: "Any member may invite people.",
    Team.MembershipPolicy.INVITATION_BY_MANAGER: "Managers, admins and owners invite people.",
    Team.MembershipPolicy.INVITATION_BY_ADMIN: "Admins and owners invite people.",
}
_SEEN_TEAM = {
    Visibility.PUBLIC: "Everybody finds the team, in lists too.",
    Visibility.UNLISTED: "It is in no list; whoever has its address sees it.",
    Visibility.PRIVATE: "Only its members know that it is there.",
}
_SEEN_VIDEOS = {
    Visibility.PUBLIC: "Everybody sees them, in lists too.",
    Visibility.UNLISTED: "They are in no list; whoever has the address of one sees it.",
    Visibility.PRIVATE: "Only members see them.",
}
_VIDEOS = {
    Team.VideoPolicy.MEMBERS: "All members.",
    Team.VideoPolicy.MANAGERS: "Managers, admins and owners.",
    Team.VideoPolicy.ADMINS: "Admins and owners.",
}
_SUBTITLES = {
    SubtitlePolicy.ANYONE: "Everybody with an account.",
    SubtitlePolicy.MEMBERS: "All members.",
    SubtitlePolicy.MANAGERS: "Managers, admins and owners.",
    SubtitlePolicy.ADMINS: "Admins and owners.",
}
_TASKS = {
    Team.TaskAssignPolicy.MEMBERS: "All members.",
    Team.TaskAssignPolicy.MANAGERS: "Managers, admins and owners.",
    Team.TaskAssignPolicy.ADMINS: "Admins and owners.",
}
_REVIEW = {
    ReviewLevel.NONE: "There is no review.",
    ReviewLevel.PEERS: "Any member reviews the work of others.",
    ReviewLevel.MANAGERS: "Managers, admins and owners review.",
    ReviewLevel.ADMINS: "Admins and owners review.",
}
_APPROVE = {
    ApproveLevel.NONE: "There is no approval.",
    ApproveLevel.MANAGERS: "Managers, admins and owners approve.",
    ApproveLevel.ADMINS: "Admins and owners approve.",
}
TYPES = {
    Team.Type.DEFAULT: (
        "Tasks, or none. Without tasks, whoever may edit subtitles may publish them. With tasks "
        "(below), work goes from a task to subtitle or translate, to review, to approval, and is "
        "public after the last step that you have chosen."
    ),
    Team.Type.SIMPLE: "Members only. Members of the team edit and publish; there are no tasks.",
    Team.Type.COLLABORATION: (
        "Subtitle requests. Each language of a video is a request that goes from a subtitler to a "
        "reviewer and an approver, if you like in another team. Nothing is public before the last "
        "of them endorses it."
    ),
}


class Choice(NamedTuple):
    """A field with its choices: what is sent, what it says, and whether it is chosen."""

    name: str
    label: str
    options: list[tuple[str, str, bool]]


class Switch(NamedTuple):
    name: str
    label: str
    on: bool


def _choice(name: str, label: str, words: Mapping[Data, str], chosen: object) -> Choice:
    """``chosen`` is the stored value, or the label that was typed."""
    options = []
    for value, said in words.items():
        # The API's words for the types are their values.
        sent = str(value.value if isinstance(value, Team.Type) else value.label)
        options.append((sent, said, chosen in (value, sent)))
    return Choice(name, label, options)


def people_and_videos(team: Team, typed: Mapping[str, str]) -> list[Choice]:
    fields: list[tuple[str, str, Mapping[Data, str]]] = [
        ("team_visibility", "Who sees the team", _SEEN_TEAM),
        ("membership_policy", "Who comes in", WHO_COMES_IN),
        ("video_visibility", "Who sees its videos", _SEEN_VIDEOS),
        ("video_policy", "Who adds, changes and moves videos", _VIDEOS),
        ("subtitle_policy", "Who makes subtitles in the spoken language", _SUBTITLES),
        ("translate_policy", "Who translates", _SUBTITLES),
        ("task_assign_policy", "Who hands out tasks", _TASKS),
    ]
    return [
        _choice(name, label, words, typed.get(name, getattr(team, name)))
        for name, label, words in fields
    ]


def kinds(team: Team, typed: Mapping[str, str]) -> Choice:
    return _choice("type", "Workflow", TYPES, typed.get("type", team.type))


def levels(of: Team | Project, typed: Mapping[str, str]) -> list[Choice]:
    fields: list[tuple[str, str, Mapping[Data, str]]] = [
        ("review_allowed", "Review", _REVIEW),
        ("approve_allowed", "Approval", _APPROVE),
    ]
    return [
        _choice(name, label, words, typed.get(name, getattr(of, name)))
        for name, label, words in fields
    ]


def switches(of: Team | Project, typed: Mapping[str, str]) -> list[Switch]:
    """A box that is not ticked is not sent: what was typed at all says all of them."""
    enabled = (
        "Work goes through tasks"
        if isinstance(of, Team)
        else "This project has a workflow of its own, the one that follows"
    )
    fields = [
        ("workflow_enabled", enabled),
        ("autocreate_subtitle", "Every new video without subtitles gets a task for them"),
        (
            "autocreate_translate",
            "Finished subtitles get tasks to translate them into the preferred languages",
        ),
    ]
    return [
        Switch(name, label, name in typed if typed else bool(getattr(of, name)))
        for name, label in fields
    ]


class SoftLimit(NamedTuple):
    """A field for a number; ``usual`` counts where it is empty."""

    name: str
    label: str
    value: object
    usual: int | None


def soft_limits(team: Team, typed: Mapping[str, str]) -> list[SoftLimit]:
    return [
        SoftLimit(name, label, typed.get(name, getattr(team, name)), usual)
        for (name, label), usual in zip(SOFT_LIMITS.items(), report.USUAL, strict=True)
    ]


SOFT_LIMITS = dict(
    zip(
        report.SOFT_LIMITS,
        (
            "Lines of a cue",
            "Shortest time of a cue, in milliseconds",
            "Longest time of a cue, in milliseconds",
            "Characters of a line",
            "Characters a second",
        ),
        strict=True,
    )
)
REVIEW_SWITCHES = ("workflow_enabled", "autocreate_subtitle", "autocreate_translate")
