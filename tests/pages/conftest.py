"""Tests that `looks` names have to look where it says."""

from collections.abc import Iterator

import pytest

from tests.pages import looks


@pytest.fixture(autouse=True)
def _looks_where_it_says(request: pytest.FixtureRequest) -> Iterator[None]:
    looks.begin()
    failed = request.session.testsfailed
    yield
    node = request.node
    # One that failed has been told of already.
    if request.session.testsfailed == failed:
        missed = looks.not_seen_by(f"{node.path.name}::{node.originalname}")
        assert not missed, f"axe was not run on {sorted(missed)}"
