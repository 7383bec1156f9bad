"""Fixtures of `tests.server.own`, for several folders of tests."""

import contextlib
import fcntl
import shutil

import pytest

from tests.server.own import Databases, Installation, copied


@pytest.fixture(scope="session")
def databases():
    made = Databases()
    yield made
    made.clear()


@pytest.fixture(scope="session")
def _pristine(databases, tmp_path_factory, worker_id):
    """Made by whoever of the processes needs it first, and gone with the last of them."""
    if worker_id == "master":
        yield _set_up(tmp_path_factory.mktemp("pristine"), databases.make())
        return
    root = tmp_path_factory.getbasetemp().parent / "pristine"
    root.mkdir(exist_ok=True)
    note = root / "database"
    with (root / "making").open("w") as making, (root / "using").open("w") as using:
        fcntl.flock(using, fcntl.LOCK_SH)
        fcntl.flock(making, fcntl.LOCK_EX)
        if note.exists():
            made = Installation.at(root / "data", note.read_text() or None)
        else:
            made = _set_up(root, databases.make(kept=True))
            note.write_text(made.database or "")
        fcntl.flock(making, fcntl.LOCK_UN)
        yield made
        fcntl.flock(making, fcntl.LOCK_EX)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            databases.drop(made.database)
            # Somebody may yet begin.
            shutil.rmtree(made.folder)
            note.unlink()


def _set_up(root, database):
    made = Installation.at(root / "data", database)
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
    return Installation.at(tmp_path / "data", databases.make())
