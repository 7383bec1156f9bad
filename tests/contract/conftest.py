from typing import Any

import pytest

from tests.contract.world import Scope, World


@pytest.fixture(scope="session")
def world(running: Any) -> World:
    return World(running)


@pytest.fixture
def scope(world: World) -> Scope:
    return Scope(world)
