"""Fixtures of `tests.server.own`, for several folders of tests."""

import pytest

from tests.server.own import Databases, Installation, copied, environment_of


@pytest.fixture(scope="session")
def databases():
    made = Databases()
    yield made
    made.clear()


@pytest.fixture(scope="session")
def _pristine(databases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pristine") / "data"
    database = databases.make()
    made = Installation(folder, database, environment_of(folder, database))
    # The server of the whole suite, which begins with a copy, knows cheap hashes alone.
    done = made.manage("setup", AMARA_FAST_PASSWORDS="on")
    assert done.code == 0, done.err
    return made


@pytest.fixture
def installation(_pristine, databases, tmp_path):
    """What `manage.py setup` leaves behind, for this test alone."""
    return copied(_pristine, tmp_path / "data", databases)


@pytest.fixture
def unmade(databases, tmp_path):
    """A place where `manage.py setup` has not run."""
    database = databases.make()
    folder = tmp_path / "data"
    return Installation(folder, database, environment_of(folder, database))
