"""An operator who may do everything, and their browser."""

from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def root(db: None) -> Any:
    from tests.factories import UserFactory

    return UserFactory(username="root", is_staff=True, is_superuser=True)


@pytest.fixture
def browser(root: Any) -> Client:
    client = Client()
    client.force_login(root)
    return client
