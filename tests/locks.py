"""`python -m tests.locks`: migrations that keep people from writing to a large table, for
`make check`.

While PostgreSQL makes an index, checks a constraint or writes a table anew, nobody writes to the
table, or reads it; with a million rows that takes minutes. `RunPython` over rows does so too, as
its transaction keeps the locks of what came before. Each such step of a migration is printed,
unless `tests/locks.txt` has it: what stands there was looked at.

What to do instead: `AddIndexConcurrently` and `atomic = False`; a constraint that is `NOT VALID`
first and validated by the next migration; a new column beside the old one; rows some at a time by
`RunPython(…, atomic=False)`. docs/upgrading.md.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.db import migrations

REVIEWED = Path(__file__).with_name("locks.txt")
OURS = ("activity", "kernel", "subtitles", "teams", "users", "videos")
# A row for each operator, language of theirs, callback or the like: thousands at most.
SMALL = {
    *("kernel.fact", "videos.language", "activity.callback", "activity.outbox", "teams.team"),
    *("teams.project", "teams.teamlanguage", "users.identity", "users.secondfactor"),
}


def findings(app: str, migration: Any, state: Any) -> Iterator[str]:
    """What locks a large table; ``state`` is what was before, and then what is after."""
    new: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            new.add(operation.name.lower())
        for each in _in_the_database(operation):
            model = (getattr(each, "model_name", None) or getattr(each, "name", None) or "").lower()
            if model in new or f"{app}.{model}" in SMALL:
                continue
            if step := _about(app, model, each, state, atomic=migration.atomic):
                yield f"{step} {model}".strip()
        operation.state_forwards(app, state)


def _in_the_database(operation: Any) -> list[Any]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return list(operation.database_operations)
    return [operation]


def _about(app: str, model: str, operation: Any, state: Any, *, atomic: bool) -> str:
    if isinstance(operation, migrations.RunPython | migrations.RunSQL):
        python = isinstance(operation, migrations.RunPython)
        alone = not atomic or (python and operation.atomic is False)
        # Where only going back does something, nobody waits.
        alone |= python and operation.code is migrations.RunPython.noop
        return "" if alone else "rows-in-the-transaction"
    if type(operation) is migrations.AddIndex:
        return "index-not-concurrently"
    if type(operation) is migrations.AddConstraint:
        return "constraint-of-all-rows"
    if isinstance(operation, migrations.AlterUniqueTogether):
        return "constraint-of-all-rows"
    if isinstance(operation, migrations.AddField):
        return "column-with-an-index" if _indexed(operation.field) else ""
    if isinstance(operation, migrations.AlterField):
        before = state.models[app, model].fields[operation.name]
        return _altered(before, operation.field)
    return ""


def _indexed(field: Any) -> bool:
    return bool(field.unique or field.db_index or field.many_to_one or field.one_to_one)


def _altered(before: Any, after: Any) -> str:
    if _type(before) != _type(after):
        return "column-of-another-type"
    if (before.max_length or 0) > (after.max_length or 0) > 0:
        return "column-made-shorter"
    if before.null and not after.null:
        return "column-no-longer-null"
    if _indexed(after) and not _indexed(before):
        return "column-with-an-index"
    if after.db_index and not before.db_index:
        return "column-with-an-index"
    return ""


def _type(field: Any) -> tuple[str, object]:
    return field.get_internal_type(), getattr(field, "remote_field", None) is not None


def everything() -> Iterator[str]:
    """A line for each step of each migration of ours."""
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    state, done = ProjectState(), set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for key in loader.graph.forwards_plan(leaf):
            if key in done:
                continue
            done.add(key)
            app, name = key
            migration = loader.graph.nodes[key]
            if app in OURS:
                yield from (f"{app}.{name} {each}" for each in findings(app, migration, state))
            else:
                migration.mutate_state(state, preserve=False)


def reviewed() -> list[str]:
    lines = REVIEWED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main() -> int:
    django.setup()
    found, known = list(everything()), reviewed()
    wrong = [f"{line} is not in {REVIEWED.name}" for line in found if line not in known]
    wrong += [
        f"{line} is in {REVIEWED.name} and in no migration" for line in known if line not in found
    ]
    for line in dict.fromkeys(wrong):
        print(line)  # noqa: T201
    if wrong:
        print("See tests/locks.py and docs/upgrading.md for what to do instead.")  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
