import secrets

import pytest

from tests.server.own_fixtures import _pristine, databases, installation, unmade
from tests.server.web import Web

__all__ = ["_pristine", "databases", "installation", "unmade"]


@pytest.fixture
def web(running):
    """Requests of an account that may do everything."""
    return Web(running.url, running.key)


@pytest.fixture
def film(web):
    """Path of a video that no other test knows."""
    url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
    return f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
