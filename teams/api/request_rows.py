"""Subtitle requests as they are printed: with their teams, people and evaluations, in one row."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import orjson
from django.db.models import OuterRef

from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.nested import nested
from teams.api.addresses import looked_up
from teams.models import (
    BETWEEN_TEAMS,
    EVALUATION,
    Evaluation,
    SubtitleRequest,
    evaluation_status_at,
)
from teams.policies import TeamRow, know_role, their_role
from teams.policies.requests import evaluated_by, involving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from amara_api.kernel.shapes import Data
    from teams.long_lists import Listed
    from teams.policies.roles import Caller

Columns: TypeAlias = "tuple[str | Combinable, ...]"
Row = TypeVar("Row", "RequestRow", "RemoteRow")
# A user name and a public id; None twice for nobody.
Person: TypeAlias = "tuple[str | None, str | None]"
TYPES = LOCAL, INCOMING, OUTGOING, EVALUATED = ("local", "incoming", "outgoing", "evaluations")
_THEIRS, _OF_TEAM, _ALL = "theirs", "of a team", "all"
_SEATS = tuple(SubtitleRequest.SEATS.values())


class EvaluationRow(NamedTuple):
    position: int
    team: TeamRow
    evaluator: Person

    @property
    def stage(self) -> int:
        return EVALUATION + self.position

    def status_at(self, stage: int) -> str:
        """What the evaluating team is told while the request is in ``stage``."""
        return evaluation_status_at(self.stage, stage, is_taken=self.evaluator[0] is not None)


class RequestRow(NamedTuple):
    job_id: str
    video_id: str
    language_code: str
    stage: int
    created: datetime
    due: datetime | None
    work_completed: datetime | None
    completed: datetime | None
    team: TeamRow
    source_team: TeamRow
    seats: dict[str, Person]
    evaluations: list[EvaluationRow]  # by their positions

    @property
    def is_taken(self) -> bool:
        """Whether somebody has the seat of the present stage."""
        seat = SubtitleRequest.SEATS.get(SubtitleRequest.Stage(self.stage))
        return seat is not None and self.seats[seat][0] is not None

    @staticmethod
    def columns(reader: int) -> Columns:
        """``reader`` is the key of an account."""
        evaluations = nested(
            Evaluation.objects.filter(request=OuterRef("pk")).order_by("position"),
            "position",
            *_team("team", reader),
            *_person("evaluator"),
        )
        return (
            *("job_id", "video__video_id", "language_code", "stage"),
            *("created", "due", "work_completed", "completed"),
            *_team("team", reader),
            *_team("source_team", reader),
            *(name for seat in _SEATS for name in _person(seat)),
            evaluations,
        )

    @classmethod
    def of(cls, row: Sequence[Data], reader: Caller) -> RequestRow:
        """``row`` was asked for with `columns` for ``reader``, whose roles in the teams are known
        from then on."""
        people, told = row[18:-1], row[-1]
        evaluations = [
            EvaluationRow(position, _team_of(columns, reader), (username, public_id))
            for position, *columns, username, public_id in orjson.loads(told)
        ]
        seats = dict(zip(_SEATS, zip(people[::2], people[1::2], strict=True), strict=True))
        teams = _team_of(row[8:13], reader), _team_of(row[13:18], reader)
        return cls._make((*row[:8], *teams, seats, evaluations))


class RemoteRow(NamedTuple):
    """As little of one as those are told for whose video another team works."""

    job_id: str
    video_id: str
    language_code: str
    created: datetime
    completed: datetime | None
    team: TeamRow

    @staticmethod
    def columns(reader: int) -> Columns:
        """See `RequestRow`."""
        own = ("job_id", "video__video_id", "language_code", "created", "completed")
        return (*own, *_team("team", reader))

    @classmethod
    def of(cls, row: Sequence[Data], reader: Caller) -> RemoteRow:
        """See `RequestRow`."""
        return cls._make((*row[:5], _team_of(row[5:], reader)))


def _team(path: str, reader: int) -> Columns:
    names = ("id", "slug", "team_visibility", "partner_id")
    return (*(f"{path}__{name}" for name in names), their_role(reader, path))


def _team_of(columns: Sequence[Data], reader: Caller) -> TeamRow:
    *own, role = columns
    team = TeamRow._make(own)
    know_role(reader, team.pk, role)
    return team


def _person(path: str) -> tuple[str, str]:
    return f"{path}__username", f"{path}__public_id"


@PlannedQuery
def _one(
    among: str, *, job_id: str, reader: int, team: int
) -> QuerySet[SubtitleRequest, tuple[Data, ...]]:
    found = SubtitleRequest.objects.filter(job_id=job_id)
    if among == _THEIRS:
        found = found.filter(involving(user=reader))
    elif among == _OF_TEAM:
        found = found.filter(involving(team=team))
    return found.values_list(*RequestRow.columns(reader))


def requests_of(teams: int | list[int], type: str) -> QuerySet[SubtitleRequest]:
    """The requests of a team, or of some, of a type; of an unknown type none."""
    theirs, lookup = SubtitleRequest.objects.all(), "" if isinstance(teams, int) else "__in"
    team, source = {f"team{lookup}": teams}, {f"source_team{lookup}": teams}
    if type == OUTGOING:
        return theirs.filter(BETWEEN_TEAMS, **source).exclude(**team)
    if type == INCOMING:
        return theirs.filter(BETWEEN_TEAMS, **team).exclude(**source)
    if type == EVALUATED:
        return theirs.filter(evaluated_by([teams] if isinstance(teams, int) else teams))
    return theirs.filter(**team) if type == LOCAL else theirs.none()


@PlannedQuery
def _rows(
    printed: type[Row], *, reader: int, ids: list[int]
) -> QuerySet[SubtitleRequest, tuple[Data, ...]]:
    found = SubtitleRequest.objects.filter(pk__in=ids)
    return found.values_list("pk", *printed.columns(reader))


def rows_of(printed: type[Row], reader: Caller, listed: Listed[SubtitleRequest]) -> list[Row]:
    """A page of a list, with what ``reader`` may be told of each."""
    account = reader.pk or 0
    rows = looked_up(listed, lambda ids: _rows(printed, reader=account, ids=ids))
    return [printed.of(row[1:], reader) for row in rows]


def request_row(reader: Caller, job_id: str, *, team: int | None = None) -> RequestRow | None:
    """A request that involves ``team``, or else any of the reader's."""
    return _row_of(_THEIRS if team is None else _OF_TEAM, reader, job_id, team or 0)


def stored_row(reader: Caller, job_id: str) -> RequestRow | None:
    """What the reader has changed, whom it involves now or not."""
    return _row_of(_ALL, reader, job_id, 0)


def _row_of(among: str, reader: Caller, job_id: str, team: int) -> RequestRow | None:
    rows = _one(among, job_id=job_id, reader=reader.pk or 0, team=team)
    return RequestRow.of(rows[0], reader) if rows else None
