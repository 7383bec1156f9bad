import secrets
from pathlib import Path

import pytest

from tests.server.web import Web


@pytest.fixture
def web(running):
    """Requests of an account that may do everything. None of them may put an error in the log."""
    log = Path(running.environment["AMARA_DATA_DIR"]).parent / "log"
    before = len(log.read_text())
    yield Web(running.url, running.key)
    new = log.read_text()[before:]
    assert "Traceback" not in new, new
    assert "database is locked" not in new, new


@pytest.fixture
def film(web):
    """Path of a video that no other test knows."""
    url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
    return f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
