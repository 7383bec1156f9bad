"""Whether something like PgBouncer stands between the server and PostgreSQL.

In transaction mode it gives each transaction another connection, and what outlives a transaction is
lost. Two things here do: the cursor by which Django reads long lists piece by piece, and statements
that are planned once (`kernel.planned`). What turns the first off turns off both. And only on
connections of its own the server says how these are to be used.
"""

from django.db.backends.base.base import BaseDatabaseWrapper


def find_out(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
    """For `connection_created`. Without any setting: a pooler tells its clients a process number
    of its own making, and not the one that PostgreSQL has."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
        if number == connection.connection.info.backend_pid:
            # Meant for reports over whole tables: it takes longer than any statement here.
            cursor.execute("SET jit = off")
        else:
            connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
