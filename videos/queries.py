"""Reads of videos. Visibility comes in as an argument: teams are above this app."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    F,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from amara_api.kernel import languages
from amara_api.kernel.compiled import CompiledQuery, PlannedQuery, padded
from amara_api.kernel.errors import NotThere
from amara_api.kernel.nested import COUNT
from amara_api.kernel.shapes import Data
from videos import counts
from videos.counts import Length
from videos.links import followed
from videos.models import Language, Video, VideoUrl, fingerprint
from videos.providers import is_short, recognise

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

NEWEST_COUNT = 20
# From this offset on the page is looked for from a bound near it (`videos.counts`), and its ids are
# looked up first where an index alone can do that: else every row between is read whole. Nearer
# pages are faster without.
DEEP = 500
_IN_AN_INDEX = {
    ("team",),
    ("no_team",),
    ("project",),
    *(("language", name) for name in ("public", "team", "no_team", "project")),
}
# Of what an index has in order, whatever is asked for.
_IN_ORDER = _IN_AN_INDEX | {("public",)}


class VideoRow(NamedTuple):
    """A video as listings need it, without a model instance."""

    pk: int
    video_id: str
    title: str
    description: str
    duration: int | None
    thumbnail: str
    created: datetime
    primary_audio_language_code: str
    metadata: dict[str, str]
    team: str | None
    project: str | None
    team_key: int | None
    team_visibility: int | None
    more: tuple[Data, ...] = ()  # the columns that the reader asked for beside these

    @classmethod
    def of(cls, row: Sequence[Data]) -> VideoRow:
        return cls._make((*row[:_WIDTH], tuple(row[_WIDTH:])))


# Columns of `VideoRow`, perhaps with others behind them, for `CompiledQuery`.
Rows: TypeAlias = QuerySet[Video, tuple[Data, ...]]
# Makes the columns that somebody above wants beside them. It is part of what a statement is kept
# by, so it is always the same function.
More: TypeAlias = Callable[[], tuple[Combinable, ...]]
_COLUMNS = (
    "pk",
    "video_id",
    "title",
    "description",
    "duration",
    "thumbnail",
    "created",
    "primary_audio_language_code",
    "metadata",
    "team__slug",
    "project__slug",
    "team_id",
    "team__team_visibility",
)
_WIDTH = len(_COLUMNS)
_TEAM_KEY = _COLUMNS.index("team_id")


def nothing_more() -> tuple[Combinable, ...]:
    return ()


ORDERS = {
    "created": ("created", "pk"),
    "-created": ("-created", "-pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
}
# Of what has one url: programs take the first, and without a team it is everybody's.
BY_URL = "by url"
_ORDER: dict[str, tuple[str | Case, ...]] = {
    **ORDERS,
    BY_URL: (Case(When(team=None, then=Value(0)), default=Value(1)), "created", "pk"),
}
# Where no index knows the words of titles, so many of a list, the newest ones, are looked through.
SEARCHED = 5_000
MAX_WORDS = 8

# What a filter is asked with: an id, a text or ids; None where it needs nothing.
Parameter: TypeAlias = int | str | list[int] | None


class After(NamedTuple):
    """The place of a row in an order: the order's column as the database takes it, and its id."""

    key: str
    video: int

    @classmethod
    def of(cls, row: VideoRow, order: str) -> After:
        if order.endswith("title"):
            return cls(row.title, row.pk)
        return cls(row.created.astimezone(UTC).replace(tzinfo=None).isoformat(" "), row.pk)


@dataclass(frozen=True)
class Listing:
    """What a listing is asked for. ``filters`` maps a name of `_CONDITIONS` to its parameter
    (None where the condition takes none), all already resolved to ids."""

    filters: Mapping[str, Parameter]
    order: str = "-created"
    # Nothing of it is hidden from the caller: so it was counted a moment ago.
    whole: bool = False
    # The lists that it is made of, by what `videos.counts` calls them, where it is none by itself.
    parts: tuple[str, ...] = ()
    more: More = nothing_more

    @property
    def shape(self) -> tuple[str, ...]:
        return tuple(sorted(self.filters))

    @property
    def parameters(self) -> dict[str, Data]:
        return {name: value for name, value in self.filters.items() if value is not None}

    @property
    def is_short(self) -> bool:
        """Whether it has but a few videos, wherever there are many."""
        return "url" in self.filters

    @property
    def scope(self) -> str | None:
        """What `videos.counts` calls this list, whoever reads it; None where it counts no such
        list."""
        asked = self.filters
        owner, identified = _OWNERS.get(frozenset(asked) - {"language", *self._seen}, ("", ""))
        spoken = asked.get("language")
        if not owner:
            if self._seen != {"public"} or len(asked) != 2 or spoken is None:
                return None
            owner = "public"
        parts = (owner, asked.get(identified), spoken)
        return " ".join(str(part) for part in parts if part is not None)

    @property
    def _seen(self) -> set[str]:
        """The filter that says what the caller may see."""
        return {"public", "public_or_in"} & set(self.filters)

    def counted_in(self, whole_team: int) -> tuple[int, Listing]:
        """The same as `counted` in a team whose videos are known to be so many."""
        return (whole_team, self) if self.shape == ("team",) else self.counted()

    def counted(self) -> tuple[int, Listing]:
        """How many there are, and the same list as it is read best."""
        scope = self.scope
        if scope is None:
            if self.shape == ("language", "public_or_in"):
                return self._counted_with_hidden()
            return self._count_rows(), self
        if not self._seen or scope.startswith("public "):
            return _lengths([scope])[scope].videos, self
        if "public_or_in" in self.filters and "no_team" not in self.filters:
            return self._count_rows(), self
        found = _lengths([scope, f"hidden {scope}"])
        hidden = found[f"hidden {scope}"].videos
        return found[scope].videos - hidden, self if hidden else replace(self, whole=True)

    def _counted_with_hidden(self) -> tuple[int, Listing]:
        """What is public in a language, and what is not but in the caller's teams."""
        language, teams = self.filters["language"], self.filters["public_or_in"]
        own = sorted(set(teams)) if isinstance(teams, list) else []
        everybodys = f"public {language}"
        theirs = {f"hidden team {team} {language}": f"team {team} {language}" for team in own}
        found = _lengths([everybodys, *theirs, *theirs.values()])
        hidden = {scope: found[scope].videos for scope in theirs if found[scope].videos}
        total = found[everybodys].videos + sum(hidden.values())
        if hidden:
            # Where all are hidden, as mostly: the index of the team's knows no more than that.
            parts = [
                theirs[scope] if number == found[theirs[scope]].videos else scope
                for scope, number in hidden.items()
            ]
            if found[everybodys].videos:
                parts.insert(0, everybodys)
            return total, replace(self, parts=tuple(parts))
        return total, replace(self, filters={"language": language, "public": None})

    def count(self) -> int:
        return self.counted()[0]

    def _count_rows(self) -> int:
        total: int = _count(self.shape, **self.parameters)[0][0]
        return total

    def rows(self, limit: int, offset: int) -> list[VideoRow]:
        shape, order, scope = self.shape, _PLACED.get(self.order), self.scope
        if self.parts and order:
            return self._merged(limit, offset, order)
        # What ids are looked up with. All of the videos of a project are in its team, and its own
        # index has no team in it.
        skipped = {"team"} if "project" in shape else set()
        skipped |= self._seen if self.whole else set()
        ids = tuple(name for name in shape if name not in skipped)
        is_placed = self.whole or not self._seen or shape == ("language", "public")
        if offset >= DEEP and order and scope and is_placed:
            place = counts.place(scope, order, offset, backwards=self.order.startswith("-"))
            if place is not None:
                return self._rows(limit, offset - place.ahead, ids, place)
        # What is beside the columns would be made of the rows before the page, too.
        late = offset > 0 and self.more is not nothing_more
        deep = late or "project" in shape or (offset >= DEEP and ids in _IN_AN_INDEX)
        return self._rows(limit, offset, ids if deep else None)

    def after(self, limit: int, last: After) -> list[VideoRow]:
        """The rows behind a place, whatever there was before it once."""
        ids = tuple(name for name in self.shape if name != "team" or "project" not in self.shape)
        backwards = self.order.startswith("-")
        # `_From` begins with the place itself, seen from the front.
        behind = counts.Place(last.key, last.video if backwards else last.video + 1, 0)
        if self.parts and (order := _PLACED.get(self.order)):
            return self._merged(limit, 0, order, behind)
        return self._rows(limit, 0, ids, behind)

    def _merged(
        self, limit: int, offset: int, order: counts.Order, start: counts.Place | None = None
    ) -> list[VideoRow]:
        backwards, starts = self.order.startswith("-"), [start for _ in self.parts]
        if offset >= DEEP:
            starts = counts.starts_among(self.parts, order, offset, backwards=backwards)
        ids = counts.merged(self.parts, order, limit, offset, backwards=backwards, starts=starts)
        if not ids:
            return []
        # Held against all filters once more: something may have been hidden meanwhile.
        given: dict[str, Data] = {**self.parameters, "chosen": padded(ids)}
        shape = tuple(sorted((*self.shape, "chosen")))
        rows = _page.page(shape, self.order, None, self.more, limit=limit, offset=0, **given)
        return [VideoRow.of(row) for row in rows]

    def _rows(
        self,
        limit: int,
        offset: int,
        ids: tuple[str, ...] | None,
        place: counts.Place | None = None,
    ) -> list[VideoRow]:
        given = self.parameters | {"limit": limit, "offset": offset}
        shape = self.shape, self.order, ids, self.more
        if place is not None:
            given |= {"key": place.key, "video": place.video}
            ask = _page.page if ids in _IN_ORDER else _page
            rows = ask(*shape, True, **given)
        elif (ids or self.shape) in _IN_ORDER or self.is_short:
            rows = _page.page(*shape, **given)
        else:
            rows = _page(*shape, **given)
        return [VideoRow.of(row) for row in rows]


# The lists that are counted, by their filters but for a language and what is hidden: what each is
# called, and the filter whose id goes with it.
_OWNERS = {
    frozenset({"no_team"}): ("teamless", ""),
    frozenset({"team"}): ("team", "team"),
    frozenset({"team", "project"}): ("project", "project"),
}
_PLACED = {name: counts.CREATED if name.endswith("created") else counts.TITLE for name in ORDERS}


def _lengths(scopes: list[str]) -> Mapping[str, Length]:
    """Of all of these lists, also the empty ones."""
    found = counts.lengths(scopes)
    for scope, length in found.items():
        if length.notes > counts.MANY:
            counts.tidy_quietly(scope)
    return {scope: found.get(scope, Length(0, 0)) for scope in scopes}


class _From(Func):  # type: ignore[explicit-any] # as its stub says
    """Whether a row stands at a place of an order or behind it. Both columns at once, so that an
    index can begin there."""

    output_field = BooleanField()

    def __init__(self, order: str, key: Parameter, video: Parameter) -> None:
        self.column = order.lstrip("-")
        self.sign = "<" if order.startswith("-") else ">="
        text = Value(key, output_field=CharField())
        super().__init__(F(self.column), F("pk"), text, Value(video))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: object, **__: object
    ) -> tuple[str, tuple[str | int, ...]]:
        parts: list[str] = []
        parameters: tuple[str | int, ...] = ()
        for expression in self.get_source_expressions():
            sql, given = compiler.compile(expression)
            parts.append(sql)
            parameters += tuple(given)
        if self.column == "created" and connection.vendor == "postgresql":
            parts[2] = f"CAST({parts[2]} AS timestamptz)"
        return f"({parts[0]}, {parts[1]}) {self.sign} ({parts[2]}, {parts[3]})", parameters


def words_of(typed: str) -> list[str]:
    """What of a text is looked for in titles: its first words. One letter of the Latin alphabet
    begins too many words to be one."""
    # Marks belong to their letter, as vowel signs do. Capitals are the database's affair.
    found = "".join(sign if _is_of_word(sign) else " " for sign in typed).split()
    return [word for word in found if len(word) > 1 or not word.isascii()][:MAX_WORDS]


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def searches_all() -> bool:
    """Whether a search looks at all titles, and not at those of the newest `SEARCHED` alone."""
    return connection.vendor == "postgresql"


def words_filter(words: Sequence[str]) -> str:
    """The parameter of the filter ``words``: titles that have a word beginning with each of
    them. What `words_of` returns, at least one."""
    if searches_all():
        return " & ".join(f"'{word}':*" for word in words)
    # Python's own expressions; SQLite's LIKE knows the capitals of ASCII alone.
    return r"(?is)\A" + "".join(rf"(?=.*(?<![^\W_]){re.escape(word)})" for word in words)


class _HasWords(Func):  # type: ignore[explicit-any] # as its stub says
    """Whether a title has the words, as the index `video_words` of PostgreSQL knows them. Signs
    are blanked out: with them it sees tags, addresses and negative numbers."""

    template = "to_tsvector('simple', translate(%(expressions)s)"
    arg_joiner = ", '-+_./@:<>&=#~?', '              ')) @@ to_tsquery('simple', "
    output_field = BooleanField()


class _Together(Func):  # type: ignore[explicit-any] # as its stub says
    """Columns as one value to sort by, which no index is in the order of: PostgreSQL, which knows
    little of how rare a beginning is, would walk a whole list to its end for a rare one."""

    template = "ROW(%(expressions)s)"
    output_field = CharField()


def _ordered(videos: QuerySet[Video], shape: tuple[str, ...], order: str) -> QuerySet[Video]:
    if "words" not in shape or order not in ORDERS or not searches_all():
        return videos.order_by(*_ORDER[order])
    columns = _Together(*(F(name.lstrip("-")) for name in ORDERS[order]))
    return videos.order_by(columns.desc() if order.startswith("-") else columns.asc())


def _with_words(videos: QuerySet[Video], words: Parameter) -> QuerySet[Video]:
    if searches_all():
        return videos.filter(_HasWords(F("title"), Value(words, output_field=CharField())))
    newest = videos.order_by("-created", "-pk").values("pk")[:SEARCHED]
    return Video.objects.order_by().filter(pk__in=newest, title__regex=words)


def languages_of_operators() -> list[languages.Added] | None:
    """For `languages.watch`. None where the table cannot be read now: before `setup`, while the
    database is away, and inside a transaction, which a failure would break, and which may have
    changed rows that nobody else sees yet."""
    if connection.in_atomic_block:
        return None
    try:
        rows = list(Language.objects.values_list("code", "name", "listed", "direction"))
    except (DatabaseError, InterfaceError):
        return None
    rtl = {Language.Direction.LTR: False, Language.Direction.RTL: True}
    return [
        languages.Added(code, name, listed, rtl.get(Language.Direction(direction)))
        for code, name, listed, direction in rows
    ]


def _condition(name: str, value: Parameter) -> Q:
    match name:
        case "public":
            return Q(is_public=True)
        case "public_or_in":
            return Q(is_public=True) | Q(team__in=value)
        case "team":
            return Q(team=value)
        case "no_team":
            return Q(team=None)
        case "project":
            return Q(project=value)
        case "chosen":
            return Q(pk__in=value)
        case "url":
            return Q(pk__in=VideoUrl.objects.filter(fingerprint=value).values("video"))
        case "language":
            return Q(primary_audio_language_code=value)
    raise KeyError(name)


def _filtered(shape: tuple[str, ...], parameters: Mapping[str, Parameter]) -> QuerySet[Video]:
    videos = Video.objects.order_by()
    for name in shape:
        if name != "words":
            videos = videos.filter(_condition(name, parameters.get(name)))
    return _with_words(videos, parameters.get("words")) if "words" in shape else videos


@CompiledQuery
def _count(shape: tuple[str, ...], **parameters: Parameter) -> QuerySet[Video, tuple[int]]:
    return _filtered(shape, parameters).values_list(COUNT)


@CompiledQuery
def _page(
    shape: tuple[str, ...],
    order: str,
    ids: tuple[str, ...] | None = None,
    more: More = nothing_more,
    placed: bool = False,
    *,
    limit: int,
    offset: int = 0,
    key: str = "",
    video: int = 0,
    **parameters: Parameter,
) -> Rows:
    """With ``ids`` these are first looked up with the filters that it names, and what is found is
    held against all of them."""
    videos = _ordered(_filtered(shape, parameters), shape, order)
    page = slice(offset, offset + limit)
    if ids is None:
        return videos.values_list(*_COLUMNS, *more())[page]
    found = _ordered(_filtered(ids, parameters), ids, order)
    if placed:
        found = found.filter(_From(order, key, video))
    return videos.filter(pk__in=found.values("pk")[page]).values_list(*_COLUMNS, *more())


@PlannedQuery
def _row(more: More, *, pk: int) -> Rows:
    return Video.objects.filter(pk=pk).values_list(*_COLUMNS, *more())


def row(pk: int, more: More = nothing_more) -> VideoRow:
    """Raises `NotThere` for a video that somebody has just deleted."""
    rows = _row(more, pk=pk)
    if not rows:
        raise NotThere
    return VideoRow.of(rows[0])


@PlannedQuery
def _detail(by: str, more: More, *, video_id: str, partner: int) -> Rows:
    videos = Video.objects.filter(
        Q(partner=partner, partner_video_id=video_id) if by == "partner" else Q(video_id=video_id)
    )
    return videos.values_list(*_COLUMNS, *more(), "is_public", "is_unlisted")


def detail(
    video_id: str,
    *,
    may_see_hidden: Callable[[int, int | None], bool],
    partner: int | None = None,
    more: More = nothing_more,
) -> VideoRow | None:
    """The video with this id, or this partner's id; None also for what is hidden from the caller.

    ``may_see_hidden(video, team)``, both keys, is asked of what not everybody may read, and in vain
    where there is nothing: the time does not tell which it was.
    """
    asked = False

    def take(row: Sequence[Data]) -> bool:
        nonlocal asked
        asked = True
        is_everybodys = row[-1] or row[-2]
        return bool(is_everybodys) or may_see_hidden(row[0], row[_TEAM_KEY])

    by, partner = ("id", 0) if partner is None else ("partner", partner)
    found = _detail.taken(take, by, more, video_id=video_id, partner=partner)
    if not asked:
        may_see_hidden(0, 0)
    return VideoRow.of(found[0][:-2]) if found else None


def newest(
    order: str, limit: int, offset: int, more: More = nothing_more
) -> tuple[int, list[VideoRow]]:
    """The unfiltered listing: a page of the newest public videos, and how many those are.

    The documentation of 2016 caps it; an order sorts the capped set.
    """
    rows = Listing({"public": None}, more=more).rows(NEWEST_COUNT, 0)
    if order != "-created":
        key = order.lstrip("-")
        rows.sort(key=lambda video: (getattr(video, key), video.pk), reverse=order.startswith("-"))
    return len(rows), rows[offset : offset + limit]


def url_fingerprint(url: str, *, follow: bool = False) -> str:
    """Of a url as somebody typed it; one that no provider takes matches nothing.

    A provider's short link is followed if wanted, unless a video is kept under it.
    """
    source = recognise(url)
    typed = fingerprint(source.key) if source else ""
    if not follow or not is_short(url):
        return typed
    if typed and VideoUrl.objects.filter(fingerprint=typed).exists():
        return typed
    source = followed(url)
    return fingerprint(source.key) if source else ""
