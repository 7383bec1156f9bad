"""The names of columns, which psycopg2 makes text of for each answer of PostgreSQL.

It does so by Python's codec for UTF-8, whose decoder is a function in Python: a listing has ninety
such names, which took 7 % of its processor time. What it decodes by is its documented table
`psycopg2.extensions.encodings`; values are read by other means.
"""

import codecs

from django.db import connection

_NAME = "utf_8_without_a_function"


def decode_quickly() -> None:
    """For the connections that are made from now on, where the database is PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    from psycopg2.extensions import encodings  # type: ignore[import-untyped]

    codecs.register(_codec)
    encodings["UTF8"] = _NAME


def _codec(name: str) -> codecs.CodecInfo | None:
    if name != _NAME:
        return None
    return codecs.CodecInfo(codecs.utf_8_encode, codecs.utf_8_decode, name=_NAME)
