"""A new database gets today's tables at once. They are those that all migrations lead to."""

import re

import pytest

from tests.server.own import Installation
from tests.server.web import at_once, dump, select, tables

TOLD_BY_SQLITE = """
    SELECT 'column', m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
        FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'
    UNION ALL SELECT 'key', m.name, k."from", k."table", k."to", k.on_delete, k.on_update
        FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table'
    UNION ALL SELECT type, tbl_name, CASE WHEN sql IS NULL THEN '' ELSE name END, sql, 0, '', 0
        FROM sqlite_master WHERE type <> 'table'
    UNION ALL SELECT 'table', name, sql, '', 0, '', 0 FROM sqlite_master WHERE type = 'table'
"""
TOLD_BY_POSTGRESQL = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default,
            concat(character_maximum_length, ' ', is_identity, ' ', identity_generation)
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid),
            convalidated::text, '', ''
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '', ''
        FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid),
            tgenabled::text, '', '' FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc, '', '', '', ''
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang <> 13
    UNION ALL SELECT 'extension', extname, '', '', '', '', '' FROM pg_extension
"""
# Who set up and when; what was given a number, in another order.
OWN = {"kernel_fact", "django_migrations", "sqlite_sequence", "users_user", "users_apikey"}


def told(place):
    """What a database says of its tables, without the order of columns."""
    query = TOLD_BY_POSTGRESQL if place.database else TOLD_BY_SQLITE
    rows = [
        (kind, name, sorted(re.findall(r"[^\s,()]+", text)) if kind == "table" else text, *others)
        for kind, name, text, *others in select(place.environment, query)
    ]
    # The keys were made anew under the name of a table that was there still.
    return sorted(repr(row).replace("users_apikey_pkey1", "users_apikey_pkey") for row in rows)


def test_all_migrations_lead_to_the_tables_of_a_new_database(installation, databases, tmp_path):
    (tmp_path / "by steps").mkdir()
    unmade = Installation.at(tmp_path / "by steps", databases.make())
    for arguments in (("migrate", "kernel", "0001"), ("setup",)):
        done = unmade.manage(*arguments)
        assert done.code == 0, done.err
    assert told(unmade) == told(installation)
    assert tables(unmade.environment) == tables(installation.environment)
    steps, once = dump(unmade.environment), dump(installation.environment)
    for name in set(steps) - OWN:
        assert len(steps[name]) == len(once[name]), name
    applied = "SELECT app, name FROM django_migrations ORDER BY 1, 2"
    assert select(unmade.environment, applied) == select(installation.environment, applied)


@pytest.mark.parametrize("command", ["migrate", "setup"])
def test_several_may_begin_at_once(unmade, command):
    """As containers of one installation do."""
    if command == "migrate":
        unmade.folder.mkdir()
    codes, said = begun_together(unmade, *[(command,)] * 3)
    assert codes == [0, 0, 0], said
    once = "Made the tables" if command == "migrate" else "Made the account"
    assert sum(once in each for each in said) == 1, said
    if command == "setup":
        assert sum("with a secret of its own" in each for each in said) == 1, said
        assert unmade.manage("doctor").out == "Nothing is wrong.\n"


def test_an_archive_fills_a_database_once(installation, databases, tmp_path):
    """Also while others make the tables of the same one."""
    archive = str(tmp_path / "site.amara")
    assert installation.manage("export_data", archive).code == 0
    (tmp_path / "empty").mkdir()
    unmade = Installation.at(tmp_path / "empty", databases.make())
    commands = [("import_data", archive)] * 2 + [("migrate",)]
    codes, said = begun_together(unmade, *commands)
    assert sorted(codes) == [0, 0, 1], said
    assert sum("Imported" in each for each in said) == 1, said
    assert sum("is not empty" in each for each in said) == 1, said


def begun_together(place, *commands):
    """The codes and the words of commands."""
    done = at_once(len(commands), lambda number: place.manage(*commands[number]))
    return [each.code for each in done], [each.out + each.err for each in done]
