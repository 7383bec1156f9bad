"""An operator who may do everything, and their browser."""

from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def root(db: None) -> Any:
    from tests.factories import UserFactory

    return UserFactory(username="root", is_staff=True, is_superuser=True)


@pytest.fixture
def nothing_left(db: None) -> None:
    """Where a test before emptied the tables, in any order, triggers noted the videos that went."""
    from teams import coverage, long_lists
    from videos.models import VideoCount

    for model in (VideoCount, *coverage.MODELS, *long_lists.MODELS):
        model.objects.all().delete()


@pytest.fixture
def browser(root: Any) -> Client:
    client = Client()
    client.force_login(root)
    return client
