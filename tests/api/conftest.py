"""A small world with something in every corner, and ways to see that nothing changed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from amara_api.kernel.models import GuardedCount
from tests import golden
from tests.photographs import photographed


@pytest.fixture
def world(cast: SimpleNamespace, api_for: Any) -> SimpleNamespace:
    """The cast, each with a key (`world.api[role]`), and for each video a second url, English
    subtitles and a note."""
    golden.fix_numbers()
    return photographed("world", lambda: _world(cast, api_for))


def _world(cast: SimpleNamespace, api_for: Any) -> SimpleNamespace:
    from subtitles.services import add_note
    from tests.factories import add_subtitles
    from videos.services import add_url

    second = {}
    for name in ("open_video", "team_video", "hidden_video"):
        video = getattr(cast, name)
        address = f"https://media.example.com/{name}-second.mp4"
        second[name] = add_url(video, actor=video.user, url=address)
        add_subtitles(video)
        add_note(video, actor=video.user, language_code="en", body="A note")
    api = {role: api_for(person) for role, person in cast.people.items()}
    api["anonymous"] = api_for(None)
    return SimpleNamespace(**vars(cast), api=api, second=second)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours. Who asked last, or how often, is not a change."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            if model is GuardedCount:
                continue
            # Ordered by the first column, which is the key everywhere.
            columns = [
                connection.ops.quote_name(field.column)
                for field in model._meta.concrete_fields
                if field.name != "last_used"
            ]
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")
            found[model._meta.label] = [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in cursor.fetchall()
            ]
    return found


@contextmanager
def unchanged() -> Iterator[None]:
    """Fails when any row of any table is added, removed or different afterwards."""
    before = tables()
    yield
    after = tables()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"changed: {changed}"


@pytest.fixture(name="unchanged")
def _unchanged() -> Any:
    def make() -> AbstractContextManager[None]:
        return unchanged()

    return make
