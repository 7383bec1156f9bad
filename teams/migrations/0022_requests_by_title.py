"""The title of each request's video, and on PostgreSQL an index of its parts. Nobody has to wait while
rows are filled and the index made, and it may be broken off and begun again.

The index needs an extension that comes with PostgreSQL. Where it is not installed, or the user of
the database may not add it, lists by a part of a title look at all requests of a team.
"""

from django.db import migrations, transaction, utils

from amara_api.kernel.tables import BesideTheModels
from teams import long_lists

INDEX = (
    "request_title_parts ON teams_subtitlerequest USING gin (upper(video_title) gin_trgm_ops)"
)


def begin(apps, schema_editor):
    """Most rows; behind all migrations those that changed meanwhile, with the triggers made anew."""
    long_lists.take_over_by_and_by(schema_editor.connection, "video_title")
    long_lists.remove(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            if has_parts(cursor):
                cursor.execute("DROP INDEX CONCURRENTLY IF EXISTS request_title_parts")
                cursor.execute(f"CREATE INDEX CONCURRENTLY {INDEX}")


def make_index(database):
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            if has_parts(cursor):
                cursor.execute(f"CREATE INDEX {INDEX}")


def has_parts(cursor) -> bool:
    """Whether PostgreSQL can index parts of a text."""
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
    if cursor.fetchone() is None:
        return False
    try:
        with transaction.atomic(using=cursor.db.alias):
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except utils.ProgrammingError:  # Only who owns the database may.
        return False
    return True


def end(apps, schema_editor):
    long_lists.remove(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS request_title_parts")


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("teams", "0021_titles_of_requests"),
    ]

    operations = [
        BesideTheModels(begin, end, for_new=make_index),
    ]
