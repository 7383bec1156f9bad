"""What an answer of PostgreSQL calls its columns is not decoded by functions in Python."""

import sys
from collections import Counter

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_names_are_decoded_without_a_function():
    called = Counter()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.endswith("encodings/utf_8.py"):
            called[frame.f_code.co_name] += 1

    with connection.cursor() as cursor:
        sys.setprofile(note)
        try:
            cursor.execute("""SELECT '日本語' AS "naïve", 2 AS "число" """)
        finally:
            sys.setprofile(None)
        assert [column[0] for column in cursor.description] == ["naïve", "число"]
        assert cursor.fetchall() == [("日本語", 2)]
    assert not called
